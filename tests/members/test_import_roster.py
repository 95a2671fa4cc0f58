"""The import of a roster: accepted rows, refused rows, and the data that an import never changes."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from members.models import Branch, College, Member
from members.queries.history import list_changes
from members.roster_words import GENDERS
from members.rules import PARTY, STAGES, STATES, stage_gate_problem
from members.transfer.services import imports
from tests.factories import MemberFactory, make_secretary
from tests.members.import_files import (
    ROSTER_HEADER,
    Kind,
    count_outcome,
    get_person,
    list_row_problems,
    make_roster_file,
    make_roster_row,
    preview_import,
    run_import,
)

NEW = ("2018010099", "欧阳新", "法学院", "法学1801团支部", "共青团员", "13900000099")


@pytest.fixture
def import_rows(world):
    def import_given_rows(*rows, by=None, header=ROSTER_HEADER, **options):
        return run_import(
            Kind.ROSTER, make_roster_file(*rows, header=header), by=by or world.admin, **options
        )

    return import_given_rows


def count_events(member: Member) -> int:
    return Member.pgh_event_model.objects.filter(pgh_obj=member).count()


def test_every_word_that_is_understood_means_something_the_portal_keeps():
    for words, kept in (
        (STAGES, Member.Stage),
        (PARTY, Member.Party),
        (STATES, Member.State),
        (GENDERS, Member.Gender),
    ):
        assert set(words.values()) <= set(kept.values)


# --- new, changed and unchanged rows ---


def test_a_new_person_stands_in_the_branch_of_the_file(world, import_rows):
    assert count_outcome(import_rows(NEW)) == {"new": 1}
    added = get_person(world.school, "2018010099")
    assert (added.name, added.branch, added.stage, added.state) == ("欧阳新", world.a1, "member", "active")
    assert added.registered_on is None


def test_organisations_that_are_missing_are_made_when_the_school_imports(world, import_rows):
    run = import_rows(("2018010099", "欧阳新", "新学院", "新团支部", "共青团员", ""))
    assert get_person(world.school, "2018010099").branch.college.name == "新学院"
    assert (run.figures["colleges"], run.figures["branches"]) == (1, 1)


def test_a_row_with_an_error_makes_no_organisation(world, import_rows):
    import_rows(NEW, ("2018010099", "别人", "错学院", "错团支部", "共青团员", ""))
    assert not College.objects.filter(name="错学院").exists()


def test_the_preview_says_old_and_new_and_writes_nothing(world):
    line = make_roster_row(world.namesake, name="张玮", politics="中共预备党员", branch="法学1802团支部")
    run = preview_import(Kind.ROSTER, make_roster_file(line), by=world.admin)
    (row,) = run.rows.all()
    assert [change[1:] for change in row.describe_changes(run.kind)] == [
        ("姓名", "张伟", "张玮"),
        ("党员身份", "—", "中共预备党员"),
        ("团支部", "法学1801团支部", "法学1802团支部"),
    ]
    world.namesake.refresh_from_db()
    assert (world.namesake.name, world.namesake.branch) == ("张伟", world.a1)


def test_a_confirmed_change_is_written(world, import_rows):
    run = import_rows(make_roster_row(world.namesake, name="张玮", branch="法学1802团支部"))
    assert count_outcome(run) == {"changed": 1}
    world.namesake.refresh_from_db()
    assert (world.namesake.name, world.namesake.name_key, world.namesake.branch) == ("张玮", "张玮", world.a2)
    assert world.namesake.sort_key == "zhang wei"


def test_the_same_again_writes_nothing_not_even_history(world, import_rows):
    before = count_events(world.namesake)
    assert count_outcome(import_rows(make_roster_row(world.namesake), make_roster_row(world.party))) == {
        "same": 2
    }
    assert count_events(world.namesake) == before


def test_a_blank_cell_says_nothing(world, import_rows):
    header = (*ROSTER_HEADER, "性别", "年级", "状态")
    Member.objects.filter(pk=world.suspended.pk).update(gender="female")
    run = import_rows((*make_roster_row(world.suspended, phone=""), "", "", ""), header=header)
    assert count_outcome(run) == {"same": 1}
    world.suspended.refresh_from_db()
    assert (world.suspended.phone, world.suspended.gender) != ("", "")
    assert (world.suspended.grade, world.suspended.state) == ("2018", "suspended")


def test_a_roster_says_nothing_on_registration(world, import_rows):
    import_rows(make_roster_row(world.registered, name="张伟伟"))
    world.registered.refresh_from_db()
    assert (world.registered.registration_state, world.registered.name) == ("registered", "张伟伟")


def test_states_take_people_out_of_the_count_and_bring_them_back(world, import_rows):
    header = (*ROSTER_HEADER, "学籍状态")
    words = {
        "休学": "suspended",
        "已转出": "transferred",
        "毕业": "graduated",
        "出国交流": "exchange",
        "参军": "army",
    }
    for word, state in words.items():
        import_rows((*make_roster_row(world.namesake), word), header=header)
        world.namesake.refresh_from_db()
        assert (world.namesake.state, world.namesake.counts) == (state, False)
    import_rows((*make_roster_row(world.namesake), "在籍"), header=header)
    world.namesake.refresh_from_db()
    assert world.namesake.counts


@pytest.mark.parametrize(
    ("word", "stage", "party"),
    [
        ("共青团员", "member", ""),
        ("中共党员", "member", "full"),
        ("中共预备党员", "member", "probationary"),
        ("入团积极分子", "activist", ""),
        ("入团申请人", "applicant", ""),
        ("发展对象", "candidate", ""),
        ("群众", "student", ""),
    ],
)
def test_words_of_the_political_column(world, import_rows, word, stage, party):
    import_rows((*NEW[:4], word, ""))
    added = get_person(world.school, "2018010099")
    assert (added.stage, added.party) == (stage, party)


# --- refused rows ---


def test_the_first_row_of_a_number_goes_in_and_the_others_come_back(world, import_rows):
    run = import_rows(NEW, NEW, ("2018010099", "司马旧", *NEW[2:]), (*NEW[:5], "13900000098"))
    assert count_outcome(run) == {"new": 1, "error": 3}
    assert list_row_problems(run) == {
        3: "与第2行重复",
        4: "学号与第2行相同，姓名不同",
        5: "学号与第2行相同，内容不同",
    }
    assert get_person(world.school, "2018010099").name == "欧阳新"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (("", *NEW[1:]), "缺少学号"),
        ((NEW[0], "", *NEW[2:]), "缺少姓名"),
        ((*NEW[:3], "", *NEW[4:]), "缺少团支部"),
        ((*NEW[:2], "", *NEW[3:]), "缺少学院"),
        ((*NEW[:4], "少先队员", ""), "政治面貌“少先队员”无法识别"),
        (("2.01801E+09", *NEW[1:]), "科学记数法"),
        ((NEW[0], "长" * 81, *NEW[2:]), "姓名：“长长长长长长长长长长…”超过 80 个字"),
        ((*NEW[:3], "支" * 101, *NEW[4:]), "超过 100 个字"),
    ],
)
def test_a_bad_row_comes_back_and_the_good_ones_go_in(world, import_rows, line, reason):
    run = import_rows(line, make_roster_row(world.namesake, name="张玮"))
    assert count_outcome(run) == {"changed": 1, "error": 1}
    assert reason in list_row_problems(run)[2]
    assert not Member.objects.filter(student_no="2018010099").exists()


@pytest.mark.parametrize("word", ["发展对象", "共青团员"])
def test_no_step_past_activist_without_registration(world, import_rows, word):
    gate = stage_gate_problem("activist", "candidate", registered=False)
    unregistered = MemberFactory(branch=world.a1, stage="activist")
    run = import_rows(
        make_roster_row(unregistered, politics=word), make_roster_row(world.activist, politics=word)
    )
    assert count_outcome(run) == {"changed": 1, "error": 1}
    assert list_row_problems(run) == {2: gate}
    unregistered.refresh_from_db()
    assert unregistered.stage == "activist"


def test_a_correction_from_another_start_is_no_step(world, import_rows):
    assert count_outcome(import_rows(make_roster_row(world.student, politics="共青团员"))) == {"changed": 1}


# --- phones ---


def test_a_masked_phone_never_overwrites_a_full_one(world, import_rows):
    Member.objects.filter(pk=world.namesake.pk).update(phone="13811112222")
    lines = [
        make_roster_row(world.namesake, phone=phone) for phone in ("138****2222", "139****3333", "****2222")
    ]
    for line in lines:
        assert count_outcome(import_rows(line)) == {"same": 1}
    world.namesake.refresh_from_db()
    assert world.namesake.phone == "13811112222"


def test_a_full_phone_takes_the_place_of_a_masked_one(world, import_rows):
    Member.objects.filter(pk=world.namesake.pk).update(phone="138****2222")
    assert count_outcome(import_rows(make_roster_row(world.namesake, phone="138 1111 2222"))) == {
        "changed": 1
    }
    world.namesake.refresh_from_db()
    assert world.namesake.phone == "13811112222"


# --- scope ---


def test_a_college_secretary_imports_the_own_college(world, import_rows):
    run = import_rows(NEW, by=world.secretary)
    assert (run.college, count_outcome(run)) == (world.college_a, {"new": 1})


def test_without_a_column_of_colleges_the_own_one_is_meant(world, import_rows):
    header = ("学号", "姓名", "团支部", "政治面貌")
    run = import_rows(
        ("2018010099", "欧阳新", "法学1803团支部", "共青团员"), by=world.secretary, header=header
    )
    assert count_outcome(run) == {"new": 1}
    assert get_person(world.school, "2018010099").branch == Branch.objects.get(
        college=world.college_a, name="法学1803团支部"
    )


def test_a_row_of_another_college_is_an_error_on_that_row(world, import_rows):
    foreign = make_roster_row(world.zhang_wei_b, name="张改名", phone="13700000000")
    run = import_rows(foreign, NEW, by=world.secretary)
    assert list_row_problems(run) == {2: "不是“法学院”的人员"}
    assert count_outcome(run) == {"new": 1, "error": 1}


def test_nobody_of_another_college_is_taken_over(world, import_rows):
    taken = make_roster_row(world.zhang_wei_b, name="张改名", college="法学院", branch="法学1801团支部")
    events, before = count_events(world.zhang_wei_b), get_person(world.school, world.zhang_wei_b.student_no)
    run = import_rows(taken, by=world.secretary)
    assert list_row_problems(run) == {2: "该学号现属其他学院，请由校团委办理转入"}
    after = get_person(world.school, world.zhang_wei_b.student_no)
    assert (after.name, after.branch, after.phone) == (before.name, before.branch, before.phone)
    assert count_events(world.zhang_wei_b) == events


def test_the_school_moves_people_between_colleges(world, import_rows):
    import_rows(make_roster_row(world.zhang_wei_b, college="法学院", branch="法学1801团支部"))
    world.zhang_wei_b.refresh_from_db()
    assert world.zhang_wei_b.branch == world.a1


def test_the_same_number_in_another_school_is_another_person(world, import_rows):
    events = count_events(world.bh.zhang_wei)
    run = import_rows(make_roster_row(world.registered, name="张改名"))
    assert count_outcome(run) == {"changed": 1}
    assert get_person(world.bh.school, world.registered.student_no).name == "张伟"
    assert count_events(world.bh.zhang_wei) == events


def test_people_of_other_colleges_are_not_made_either(world, import_rows):
    line = ("2018010099", "欧阳新", "物理学院", "物理1801团支部", "共青团员", "")
    assert count_outcome(import_rows(line, by=world.secretary)) == {"error": 1}
    assert not Member.objects.filter(student_no="2018010099").exists()


def test_the_school_may_bind_a_file_to_one_college(world, import_rows):
    run = import_rows(NEW, make_roster_row(world.zhang_wei_b, name="张改名"), college=world.college_a)
    assert count_outcome(run) == {"new": 1, "error": 1}


@pytest.mark.parametrize("who", ["branch_secretary", "member", "liaison", "nobody"])
def test_others_import_nothing(world, who):
    with pytest.raises(ValidationError, match="没有导入这类文件的权限"):
        preview_import(Kind.ROSTER, make_roster_file(NEW), by=getattr(world, who))


def test_a_secretary_cannot_import_into_another_college(world):
    with pytest.raises(ValidationError, match="只能导入本学院"):
        preview_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary, college=world.college_b)


def test_nobody_confirms_a_run_outside_the_own_scope(world):
    run = preview_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary)
    for stranger in (world.secretary_b, world.bh.admin, world.bh.secretary):
        with pytest.raises(ValidationError):
            imports.confirm_run(run_id=run.pk, user=stranger)
    run.refresh_from_db()
    assert run.state == "preview"


def test_a_secretary_of_two_colleges_says_which(world):
    both = make_secretary(world.college_a, number="T1077", name="双书记")
    both.grants.create(role="college_secretary", college=world.college_b, starts_on="2018-01-01")
    with pytest.raises(ValidationError, match="请先选择学院"):
        preview_import(Kind.ROSTER, make_roster_file(NEW), by=both)
    run = run_import(Kind.ROSTER, make_roster_file(NEW), by=both, college=world.college_a)
    assert count_outcome(run) == {"new": 1}


# --- people missing from the file ---


def test_people_whom_the_file_lacks_are_listed_and_stay(world, import_rows):
    run = import_rows(make_roster_row(world.quiet))
    absent = set(imports.list_absent(run))
    assert world.namesake in absent
    assert run.figures["missing"] == len(absent)
    assert not absent & {world.quiet, world.suspended, world.zhang_wei_b, world.bh.zhang_wei}
    assert Member.objects.filter(pk=world.namesake.pk, state="active").exists()


def test_somebody_whose_row_has_an_error_is_not_missing(world, import_rows):
    run = import_rows(make_roster_row(world.quiet), make_roster_row(world.namesake, politics="少先队员"))
    assert world.namesake not in set(imports.list_absent(run))


def test_a_foreign_row_opens_no_list_of_the_other_college(world, import_rows):
    run = import_rows(make_roster_row(world.quiet), make_roster_row(world.zhang_wei_b), by=world.secretary)
    assert {one.branch.college for one in imports.list_absent(run)} == {world.college_a}


# --- history ---


def test_the_history_says_which_file_and_who(world, import_rows):
    import_rows(make_roster_row(world.namesake, name="张玮"), by=world.secretary, filename="法学院九月.xlsx")
    latest = list_changes(Member.pgh_event_model.objects.filter(pgh_obj=world.namesake))[0]
    assert (latest.who, latest.by) == ("曹书记", "导入文件“法学院九月.xlsx”")
    assert [(one.label, one.old, one.new) for one in latest.fields] == [("姓名", "张伟", "张玮")]


# --- changes between preview and confirmation ---


def test_confirming_compares_once_more(world):
    run = preview_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary)
    elsewhere = MemberFactory(branch=world.b1, student_no="2018010099", name="欧阳新")
    imports.confirm_run(run_id=run.pk, user=world.secretary)
    run = imports.write_run(run_id=run.pk)
    assert count_outcome(run) == {"error": 1}
    elsewhere.refresh_from_db()
    assert elsewhere.branch == world.b1


# --- the day of the file is the day from which a change holds ---


def list_spells(member) -> list[tuple]:
    return [
        (str(spell.starts_on), spell.branch.name, spell.state)
        for spell in member.spells.order_by("starts_on")
    ]


def test_people_belong_from_the_day_of_the_file(world, import_rows):
    moved = make_roster_row(world.namesake, branch="法学1802团支部")
    run = import_rows(NEW, moved, as_of=date(2018, 11, 5))
    assert list_spells(Member.objects.get(student_no="2018010099")) == [
        ("2018-11-05", "法学1801团支部", "active")
    ]
    assert list_spells(world.namesake) == [
        ("2018-09-01", "法学1801团支部", "active"),
        ("2018-11-05", "法学1802团支部", "active"),
    ]
    assert set(run.rows.values_list("status", flat=True)) == {"new", "changed"}
    assert world.namesake.spells.get(ends_on=None).import_run == run
    assert count_events(world.namesake) == 2  # one row of history for all columns


def test_the_same_file_again_writes_no_spell(world, import_rows):
    moved = make_roster_row(world.namesake, branch="法学1802团支部")
    import_rows(moved, as_of=date(2018, 11, 5))
    import_rows(moved, as_of=date(2018, 11, 9))
    assert [start for start, *_ in list_spells(world.namesake)] == ["2018-09-01", "2018-11-05"]


def test_a_file_that_changes_only_a_name_moves_nobody(world, import_rows):
    import_rows(make_roster_row(world.namesake, name="张玮"), as_of=date(2018, 11, 5))
    assert len(list_spells(world.namesake)) == 1
