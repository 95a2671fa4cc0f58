"""Odd but lawful content: what the portal exports of it, the imports read back and nothing changes (requirements §4)."""

from datetime import date

import pytest
from django.urls import reverse

from members.models import Branch, Grant, Member, Street
from members.permissions import Role
from pairing.models import PairingCode
from tests.factories import (
    BranchFactory,
    CollegeFactory,
    GrantFactory,
    MemberFactory,
    StreetFactory,
    UserFactory,
    make_account,
)
from tests.members.import_files import run_import_command
from tests.reports.reading_back import assert_all_unchanged, export_list, read_back

pytestmark = pytest.mark.django_db

NAMES = [
    "阿依古丽·买买提", "𠮷田", "䶮𬍛", "㛃丽", "John Smith", "O'Brien", "Jean-Luc", "李CDATA", "王〇", "无为", "空空", "合计",
    "小计", "测试", "李某某", "St. John", "王伟(小)",
]  # fmt: skip
NUMBERS = [
    "0018010001", "B18010001", "b18010002", "18-0001", "留2018001", "2018(1)", "T.001", "a/b1", "00000001", "1-2", "10-12",
    "2018-1001", "1/2", "3.14", "20181001", "43374", "13800000001", "12E3X",
]  # fmt: skip
OFFICES = [
    "=1+1", "+团支书", "-副书记", "@组织委员", "_x0041_", "团\n支书", '团"支"书', "a,b;c", "<b>&</b>", "团支书]]>", "团支书/班长",
    "1", "0.5", "無", "'班长",
]  # fmt: skip
BRANCHES = [
    "法_班", "_x0041_支部", "=支部1", "+1班", "-1班", "@班", "班]]>", '班"1"', "班,1", "1801", "3-1", "法学（1）班", "<班>",
    "0班", "001", "1e3", "A_x000D_", "合计班",
]  # fmt: skip
PHONES = ["13800000000", "010-60509356", "+85291234567", "", "60509356"]


def list_all(model) -> list[dict]:
    return list(model.objects.order_by("pk").values())


def make_odd_people(world) -> None:
    """Make people with every state, stage and Party membership, and odd text in every column."""
    branches = [BranchFactory(college=world.college_a, name=name) for name in BRANCHES]
    states, stages, parties = Member.State.values, Member.Stage.values, Member.Party.values
    for place, number in enumerate(NUMBERS):
        MemberFactory(
            branch=branches[place % len(branches)],
            name=NAMES[place % len(NAMES)],
            student_no=number,
            office=OFFICES[place % len(OFFICES)],
            grade=["2018", "=1", "18"][place % 3],
            gender=["male", "female", ""][place % 3],
            stage=stages[place % len(stages)],
            state=states[place % len(states)],
            party=parties[place % len(parties)] if stages[place % len(stages)] == "member" else "",
            phone=PHONES[place % len(PHONES)],
            registered=bool(place % 2),
        )


def test_a_roster_of_odd_people_reads_back_in_every_form(world, tmp_path):
    make_odd_people(world)
    people, branches = list_all(Member), list_all(Branch)
    reports = read_back("roster", export_list("roster", world.school, tmp_path), world.school, tmp_path)
    assert_all_unchanged(reports, Member.objects.filter(school=world.school).count())
    assert (list_all(Member), list_all(Branch)) == (people, branches)


def test_streets_with_odd_names_and_every_balance_read_back(world, tmp_path):
    for place, name in enumerate(BRANCHES):
        StreetFactory(
            district=["海淀区", "=区", "-区"][place % 3],
            name=name,
            contact=OFFICES[place % len(OFFICES)],
            contact_phone=["010-60509356 转 8", "", "13800000000", "60509356、60509357"][place % 4],
            taken_elsewhere=[0, 5, 3][place % 3],
            taken_as_of=date(2018, 10, 1),
        )
    streets = list_all(Street)
    reports = read_back("streets", export_list("streets", world.school, tmp_path), world.school, tmp_path)
    assert_all_unchanged(reports, len(streets))
    assert list_all(Street) == streets


def test_a_street_that_an_older_portal_spelled_otherwise_is_not_made_again(world, tmp_path):
    street = StreetFactory(
        district="海淀区", name="清河街道(东) 社区", taken_elsewhere=4, taken_as_of=date(2018, 10, 1)
    )
    streets = list_all(Street)
    reports = read_back("streets", export_list("streets", world.school, tmp_path), world.school, tmp_path)
    assert_all_unchanged(reports, len(streets))
    street.refresh_from_db()
    assert (street.name, Street.objects.count()) == ("清河街道(东) 社区", len(streets))


def test_codes_of_every_state_read_back_in_every_form(world, client_of, tmp_path):
    codes = [
        "ABC001",
        "001234",
        "1E5A",
        "A-B",
        "12-10",
        "A_X0041_",
        "123456789012",
        "N_A",
        "20181001",
        "43374",
    ]
    for place, code in enumerate(codes):
        state = PairingCode.State.values[place % len(PairingCode.State.values)]
        owner = (
            CollegeFactory(school=world.school, name=f"={place}学院")
            if state in ("handed_out", "used")
            else None
        )
        kind = ["urban", "suburban"][place % 2]
        PairingCode.objects.create(year=world.year, code=code, kind=kind, state=state, college=owner)
    before = list_all(PairingCode)
    content = client_of(world.admin).get(reverse("codes_export")).content
    assert_all_unchanged(read_back("codes", content, world.school, tmp_path, year=2018), len(codes))
    assert list_all(PairingCode) == before


def test_appointments_of_every_term_read_back_in_every_form(world, tmp_path):
    school = world.school
    branch = BranchFactory(college=world.college_a, name="法_班")
    for number, name, role, place, terms in (
        ("b-018", "阿依古丽·买买提", Role.COLLEGE_SECRETARY, {"college": world.college_a}, (2017, 2018)),
        ("00018", "李四", Role.COLLEGE_SECRETARY, {"college": world.college_b}, (2027, 2028)),
        ("B19", "𠮷田", Role.SCHOOL_ADMIN, {"school": school}, (2018, 2030)),
    ):
        user = UserFactory(school=school, number=number, name=name, is_active=number != "00018")
        first, last = (date(year, 1, 1) for year in terms)
        GrantFactory(user=user, role=role, starts_on=first, ends_on=last, **place)
    leader = MemberFactory(branch=branch, student_no="x018a")
    GrantFactory(user=make_account(leader), role=Role.BRANCH_SECRETARY, branch=branch)
    grants = list_all(Grant)
    reports = read_back("accounts", export_list("offices", school, tmp_path), school, tmp_path)
    for report in reports.values():
        assert report["errors"] == []
        assert (report["created"], report["updated"], report["warnings"]) == (0, 0, [])
    assert list_all(Grant) == grants


def test_a_column_of_the_roster_is_named_in_a_file_that_is_not_the_portals_own(world, tmp_path):
    """Somebody else's 注册日期 is a date that nobody reads: the file's owner is told."""
    content = "学号,姓名,团支部,政治面貌,注册日期\n2018010002,张伟,法学1801团支部,共青团员,2018-10-01\n"
    (tmp_path / "other.csv").write_text(content)
    report = run_import_command("roster", tmp_path / "other.csv", school=world.school.code)
    assert any("注册日期" in text for text in report["warnings"])
