"""The day of a file, and files older than what is held (requirements §3 and §5)."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from members.models import ImportRow, ImportRun, Member, Spell
from members.transfer.services import imports
from members.transfer.services.imports import registry
from members.transfer.tasks import read_import
from tests.factories import MemberFactory
from tests.members.import_files import (
    ROSTER_HEADER,
    Kind,
    State,
    make_roster_file,
    make_roster_row,
    make_volunteers_file,
    run_import_command,
)
from tests.walk import read_text

AUTUMN = date(2018, 10, 1)
STATES = (*ROSTER_HEADER, "状态")


@pytest.fixture
def person(world):
    return MemberFactory(branch=world.a1, student_no="2018010050", name="乔迁", phone="13900000001")


@pytest.fixture
def give(world, tmp_path):
    """Return a function that imports rows by the command and returns its report."""

    def import_rows(*rows, header=ROSTER_HEADER, kind="roster", content=None, **options):
        path = tmp_path / "名单.xlsx"
        path.write_bytes(content or make_roster_file(*rows, header=header))
        return run_import_command(kind, path, school="JH", **options)

    return import_rows


def preview(world, *rows, as_of=None, header=ROSTER_HEADER) -> ImportRun:
    run = imports.start_run(
        school=world.school,
        kind=Kind.ROSTER,
        filename="名单.xlsx",
        content=make_roster_file(*rows, header=header),
        user=world.admin,
        as_of=as_of,
    )
    read_import(run.pk)
    run.refresh_from_db()
    return run


# --- the day of the file ---


def test_a_file_speaks_of_today_unless_a_day_is_told(world, person, give):
    assert give(make_roster_row(person))["as_of"] == str(timezone.localdate())
    assert give(make_roster_row(person), as_of="2018-10-01")["as_of"] == "2018-10-01"
    assert preview(world, make_roster_row(person), as_of=AUTUMN).as_of == AUTUMN


def test_no_file_speaks_of_a_day_to_come(world, person, give):
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(CommandError, match="数据日期不能晚于今天"):
        give(make_roster_row(person), as_of=str(tomorrow))
    with pytest.raises(ValidationError, match="数据日期不能晚于今天"):
        preview(world, make_roster_row(person), as_of=tomorrow)
    with pytest.raises(CommandError, match="--as-of"):
        give(make_roster_row(person), as_of="下周")
    assert not ImportRun.objects.exists()


# --- which files are older ---


def test_a_file_of_a_day_before_the_present_spell_reverts(world, person, give):
    Spell.objects.filter(member=person).update(starts_on=AUTUMN)
    moved = make_roster_row(person, branch="法学1802团支部")
    with pytest.raises(CommandError, match="1 条将回到以前的状态"):
        give(moved, as_of="2018-09-10")
    person.refresh_from_db()
    assert person.branch == world.a1
    assert not ImportRun.objects.exists()
    assert give(moved, as_of="2018-10-01")["reverting"] == 0


def test_a_file_of_an_earlier_day_that_says_the_same_reverts_nothing(world, person, give):
    Spell.objects.filter(member=person).update(starts_on=AUTUMN)
    assert give(make_roster_row(person), as_of="2018-09-10")["reverting"] == 0


def test_a_file_older_than_another_file_with_the_person_reverts(world, person, give):
    give(make_roster_row(person, phone="13900000002"), as_of="2019-03-01")
    with pytest.raises(CommandError, match="1 条将回到以前的状态"):
        give(make_roster_row(person, phone="13900000001"), as_of="2018-10-01")
    assert give(make_roster_row(person, phone="13900000001"), as_of="2019-03-02")["updated"] == 1


def test_an_older_file_may_add_what_the_newer_does_not_say(world, person, give):
    give(make_roster_row(person, phone="13900000002"), as_of="2019-03-01")
    report = give(
        (*make_roster_row(person, phone="13900000002"), "2017"),
        header=(*ROSTER_HEADER, "年级"),
        as_of="2018-10-01",
    )
    assert (report["updated"], report["reverting"]) == (1, 0)


@pytest.mark.parametrize(
    ("header", "first", "then"),
    [
        (ROSTER_HEADER, {"branch": "法学1801团支部"}, {"branch": "法学1802团支部"}),
        (ROSTER_HEADER, {"politics": "共青团员"}, {"politics": "群众"}),
        (ROSTER_HEADER, {"phone": "13900000001"}, {"phone": "13900000002"}),
    ],
)
def test_the_same_file_again_after_another_one_reverts(person, give, header, first, then):
    old, new = make_roster_row(person, **first), make_roster_row(person, **then)
    give(old)
    assert give(new)["updated"] == 1
    before = Member.objects.get(pk=person.pk)
    with pytest.raises(CommandError, match=r"1 条将回到以前的状态.*--force"):
        give(old)
    after = Member.objects.get(pk=person.pk)
    assert (after.branch, after.stage, after.phone) == (before.branch, before.stage, before.phone)


def test_the_same_content_in_another_format_is_the_same_file(person, give):
    old = make_roster_row(person)
    give(old)
    give(make_roster_row(person, phone="13900000002"))
    csv = "\n".join(",".join(row) for row in (ROSTER_HEADER, old)).encode()
    with pytest.raises(CommandError, match="将回到以前的状态"):
        give(content=csv)


def test_an_older_file_with_one_more_person_reverts_too(person, give):
    give(make_roster_row(person))
    give(make_roster_row(person, branch="法学1802团支部"))
    with pytest.raises(CommandError, match="1 条将回到以前的状态"):
        give(make_roster_row(person), ("2018010051", "新来", "法学院", "法学1801团支部", "共青团员", ""))
    assert not Member.objects.filter(student_no="2018010051").exists()


def test_somebody_who_comes_back_to_study_is_not_noticed(person, give):
    give((*make_roster_row(person), "休学"), header=STATES, as_of="2018-10-01")
    assert give((*make_roster_row(person), "复学"), header=STATES)["reverting"] == 0
    person.refresh_from_db()
    assert person.state == "active"


def test_the_same_list_of_a_later_day_is_not_noticed(person, give):
    lines = [
        ((*make_roster_row(person), word), day)
        for word, day in (("在籍", "2018-09-10"), ("休学", "2018-10-01"), ("在籍", "2019-03-01"))
    ]
    for line, day in lines:
        assert give(line, header=STATES, as_of=day)["reverting"] == 0
    person.refresh_from_db()
    assert person.state == "active"


def test_the_list_before_a_decision_on_a_page_reverts(world, person, give):
    give(make_roster_row(person))
    Spell.objects.filter(member=person).update(
        branch=world.a2, written_at=timezone.now() + timedelta(hours=1)
    )
    Member.objects.filter(pk=person.pk).update(branch=world.a2)
    with pytest.raises(CommandError, match="1 条将回到以前的状态"):
        give(make_roster_row(person))


def test_files_of_other_schools_and_failed_runs_say_nothing(world, person, give):
    give(make_roster_row(person, phone="13900000002"), as_of="2019-03-01")
    ImportRun.objects.update(school=world.bh.school)
    assert give(make_roster_row(person), as_of="2018-10-01")["reverting"] == 0


def test_rows_that_are_forgotten_say_nothing_any_more(person, give):
    give(make_roster_row(person, phone="13900000002"), as_of="2019-03-01")
    ImportRow.objects.all().delete()
    assert give(make_roster_row(person), as_of="2018-10-01")["reverting"] == 0


def test_an_older_list_of_volunteers_reverts(world, person, give):
    def make_list(day):
        return make_volunteers_file(("110108000777", person.name, person.phone, "", day))

    give(kind="volunteers", content=make_list("2018-09-27"), as_of="2018-10-01")
    give(kind="volunteers", content=make_list("2018-09-28"), as_of="2018-10-10")
    with pytest.raises(CommandError, match="1 条将回到以前的状态"):
        give(kind="volunteers", content=make_list("2018-09-27"), as_of="2018-10-01")


# --- what follows ---


def test_a_dry_run_names_the_number_and_writes_nothing(person, give):
    give(make_roster_row(person, phone="13900000002"), as_of="2019-03-01")
    assert give(make_roster_row(person), as_of="2018-10-01", dry_run=True)["reverting"] == 1
    person.refresh_from_db()
    assert person.phone == "13900000002"


def test_a_forced_file_goes_in(person, give):
    give(make_roster_row(person, phone="13900000002"), as_of="2019-03-01")
    assert give(make_roster_row(person), as_of="2018-10-01", force=True)["updated"] == 1
    person.refresh_from_db()
    assert (person.phone, ImportRun.objects.latest("pk").forced) == ("13900000001", True)


def test_the_commands_text_names_the_number(person, give, tmp_path, capsys):
    give(make_roster_row(person, phone="13900000002"), as_of="2019-03-01")
    path = tmp_path / "旧.xlsx"
    path.write_bytes(make_roster_file(make_roster_row(person)))
    call_command("import_file", "roster", str(path), "--school=JH", "--as-of=2018-10-01", "--dry-run")
    assert "1 条按这份较早的文件回到以前的状态" in capsys.readouterr().out


def test_the_preview_asks_and_demands_a_tick(world, person, give, client_of):
    give(make_roster_row(person, phone="13900000002"), as_of="2019-03-01")
    run = preview(world, make_roster_row(person), as_of=AUTUMN)
    client = client_of(world.admin)
    page = client.get(run.get_absolute_url())
    assert "1 条将回到以前的状态" in read_text(page)
    assert "数据日期 2018-10-01" in read_text(page)
    rows = client.get(run.get_absolute_url(), {"status": "reverting"})
    assert "乔迁" in read_text(rows)
    refused = client.post(reverse("import_confirm", args=[run.pk]))
    assert "force" in refused.context["confirm"].errors
    assert "请勾选此项再确认" in read_text(refused)
    run.refresh_from_db()
    assert run.state == State.PREVIEW
    client.post(reverse("import_confirm", args=[run.pk]), {"force": "on"})
    run.refresh_from_db()
    person.refresh_from_db()
    assert (run.state, run.forced, person.phone) == (State.DONE, True, "13900000001")


def test_no_preview_without_older_rows_asks(world, person, client_of):
    run = preview(world, make_roster_row(person, phone="13900000002"))
    page = client_of(world.admin).get(run.get_absolute_url())
    assert "确认导入旧数据" not in read_text(page)


def test_a_file_that_became_older_after_its_preview_is_not_written(world, person, give, client_of):
    run = preview(world, make_roster_row(person, phone="13900000003"), as_of=AUTUMN)
    give(make_roster_row(person, phone="13900000002"), as_of="2019-03-01")
    page = client_of(world.admin).post(reverse("import_confirm", args=[run.pk]), follow=True)
    person.refresh_from_db()
    assert person.phone == "13900000002"
    assert "1 条将回到以前的状态" in read_text(page)


def test_the_form_asks_for_the_day_and_refuses_one_to_come(world, person, client_of):
    client = client_of(world.admin)
    tomorrow = timezone.localdate() + timedelta(days=1)

    def upload(day):
        file = SimpleUploadedFile("名单.xlsx", make_roster_file(make_roster_row(person)))
        return client.post(reverse("import_new"), {"kind": "roster", "file": file, "as_of": day}, follow=True)

    assert f'value="{timezone.localdate()}"' in client.get(reverse("import_new")).content.decode()
    assert upload(str(tomorrow)).context["form"].errors["as_of"] == ["数据日期不能晚于今天。"]
    assert upload("后天").context["form"].errors["as_of"]
    assert upload("2018-10-01").context["run"].as_of == AUTUMN
    assert upload("").context["run"].as_of == timezone.localdate()


def test_kinds_of_upper_apps_count_their_own(world, person, monkeypatch):
    monkeypatch.setitem(registry.MISSING, Kind.ROSTER, lambda run: 7)
    monkeypatch.setitem(registry.REVERTING, Kind.ROSTER, lambda run: 3)
    assert preview(world, make_roster_row(person)).figures.items() >= {"missing": 7, "reverting": 3}.items()
