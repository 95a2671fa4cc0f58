"""What the portal exports, the imports read back: the same file again changes nothing (requirements §4)."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from activities.models import ServiceRecord
from members.models import Member
from pairing.models import PairingCode
from tests.factories import ServiceRecordFactory, StreetFactory
from tests.members.import_files import run_import_command

pytestmark = pytest.mark.django_db


def read_back(kind: str, content: bytes, school, folder, **options) -> dict:
    path = folder / f"{kind}.xlsx"
    path.write_bytes(content)
    return run_import_command(kind, path, school=school.code, **options)


def export(kind: str, school, folder) -> bytes:
    path = folder / f"{kind}-out.xlsx"
    call_command("export", kind, str(path), year=2018, school=school.code, stdout=StringIO())
    return path.read_bytes()


def assert_unchanged(report: dict, rows: int) -> None:
    assert (report["created"], report["updated"], report["errors"]) == (0, 0, [])
    assert report["unchanged"] == report["rows"] == rows
    assert not [text for text in report["warnings"] if "请核对这一列" in text]


def test_a_roster_with_every_state_reads_back(world, tmp_path):
    people = Member.objects.filter(branch=world.a1).exclude(state="suspended").order_by("pk")
    for person, state in zip(people, Member.State.values, strict=False):
        run_import_command("roster", write_state(person, state, tmp_path), school=world.school.code)
    assert set(Member.objects.values_list("state", flat=True)) == set(Member.State.values)
    people = list(Member.objects.filter(school=world.school).order_by("pk").values())
    content = export("roster", world.school, tmp_path)
    report = read_back("roster", content, world.school, tmp_path)
    assert_unchanged(report, len(people))
    assert list(Member.objects.filter(school=world.school).order_by("pk").values()) == people


def write_state(person: Member, state: str, folder):
    path = folder / "state.csv"
    label = dict(Member.State.choices)[state]
    path.write_text(f"学号,姓名,状态\n{person.student_no},{person.name},{label}\n")
    return path


def test_streets_read_back(world, tmp_path):
    StreetFactory.create_batch(3)
    report = read_back("streets", export("streets", world.school, tmp_path), world.school, tmp_path)
    assert (report["created"], report["errors"]) == (0, [])


def test_codes_of_every_state_read_back_and_none_comes_back_into_stock(world, client_of, tmp_path):
    owners = {"handed_out": world.college_a, "used": world.college_b}
    for number, state in enumerate(PairingCode.State.values):
        PairingCode.objects.create(
            year=world.year, code=f"ABC00{number}", kind="urban", state=state, college=owners.get(state)
        )
    before = list(PairingCode.objects.order_by("pk").values("code", "state", "kind", "college"))
    content = client_of(world.admin).get(reverse("codes_export")).content
    assert_unchanged(read_back("codes", content, world.school, tmp_path, year=2018), len(before))
    assert list(PairingCode.objects.order_by("pk").values("code", "state", "kind", "college")) == before


def test_a_code_that_another_portal_exported_as_used_does_not_come_into_stock(world, tmp_path):
    path = tmp_path / "codes.csv"
    path.write_text("申请结对码,类型,状态,学院\nABC001,城区,已使用,法学院\nABC002,城区,库存,\n")
    report = run_import_command("codes", path, school=world.school.code, year=2018)
    assert report["created"] == 1
    assert report["errors"] == [{"row": 2, "reason": "“状态”是“已使用”，不能入库"}]
    assert list(PairingCode.objects.values_list("code", flat=True)) == ["ABC002"]


def test_hours_of_the_ledgers_read_back(world, tmp_path):
    ServiceRecordFactory(member=world.missing)
    ServiceRecordFactory(member=world.missing, pending=True)
    before = list(ServiceRecord.objects.order_by("pk").values("minutes", "state", "served_on"))
    report = read_back(
        "hours", export("hours_records", world.school, tmp_path), world.school, tmp_path, year=2018
    )
    assert (report["created"], report["updated"], report["errors"]) == (0, 0, [])
    assert list(ServiceRecord.objects.order_by("pk").values("minutes", "state", "served_on")) == before
