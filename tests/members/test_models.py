"""The database refuses invalid rows, whether a service, a bulk update, an import or raw SQL writes them."""

import re
from datetime import UTC, date, datetime, timedelta

import pghistory
import pytest
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import IntegrityError, InternalError, connection, transaction
from django.db.models import CheckConstraint, UniqueConstraint
from django.urls import reverse
from django.utils import timezone

from members.models import (
    ActivationCode,
    Branch,
    CalendarDay,
    CampusLink,
    ExportJob,
    ExportLog,
    Grant,
    Member,
    Message,
    MessageReading,
    ServiceYear,
    Spell,
    StudentNumber,
    User,
    VolunteerRecord,
)
from members.permissions import Role
from tests.factories import (
    BranchFactory,
    CollegeFactory,
    GrantFactory,
    MemberFactory,
    SchoolFactory,
    ServiceYearFactory,
    StreetFactory,
    UserFactory,
    VolunteerRecordFactory,
    create_people,
)
from tests.moving import correct_person

DAY = date(2018, 10, 1)
MOMENT = datetime(2018, 10, 1, tzinfo=UTC)


def copy_row(row, **changes):
    """Insert a copy of the row with these changes, without the model's `save`."""
    row.pk = None
    for name, value in changes.items():
        setattr(row, name, value)
    type(row).objects.bulk_create([row])


def make_export_job(world, **values):
    ExportJob.objects.create(school=world.school, user=world.admin, kind="roster", title="花名册", **values)


def make_campus_link(world, **values):
    given = {
        "school": world.school,
        "provider": "campus-JH",
        "uid": "7",
        "number": "7",
        "member": world.missing,
    }
    CampusLink.objects.create(**given | values)


def make_code(account, **values):
    """Insert a code of an account; `digest` is made from the number of codes."""
    now = timezone.now()
    values = {"issued_at": now, "expires_at": now + timedelta(days=30)} | values
    digest = f"{ActivationCode.objects.count():064d}"
    ActivationCode.objects.create(**{"account": account, "digest": digest} | values)


def update_row(row, **values):
    type(row).objects.filter(pk=row.pk).update(**values)


def make_spell(member, starts_on: date, **values) -> Spell:
    """Insert a spell of a day beside those of the person."""
    place = {"branch_id": member.branch_id, "stage": member.stage, "state": member.state}
    span = {"starts_on": starts_on, "ends_on": starts_on + timedelta(days=1), "first": True}
    return Spell.objects.create(member=member, **place | span | values)


def write_office_message(college) -> Message:
    return Message.objects.create(role=Role.COLLEGE_SECRETARY, college=college, title="提醒", key="due:1")


# One entry per constraint: a function that breaks it.
def make_number(person: Member, number: str = "N1", **days) -> StudentNumber:
    return StudentNumber.objects.create(school=person.school, member=person, number=number, **days)


BREAKS = {
    "activation_one_open_code": lambda w: [make_code(w.member) for _ in range(2)],
    "activation_used_or_voided": lambda w: make_code(
        w.member, used_at=timezone.now(), voided_at=timezone.now()
    ),
    "activation_ends_after_issue": lambda w: make_code(w.member, expires_at=timezone.now() - timedelta(1)),
    "year_once_per_school": lambda w: copy_row(w.year),
    "calendar_day_once_per_school": lambda w: [
        CalendarDay.objects.create(school=w.school, day=date(2018, 10, 8)) for _ in range(2)
    ],
    "year_percentages_in_range": lambda w: update_row(w.year, floor_percent=101),
    "year_interval_at_least_a_day": lambda w: update_row(w.year, bulletin_interval_days=0),
    "year_stages_in_order": lambda w: update_row(w.year, registration_ends_on=date(2018, 9, 1)),
    "semester_name_once_per_year": lambda w: copy_row(w.year.semesters.first()),
    "semester_ends_after_start": lambda w: update_row(w.year.semesters.first(), ends_on=date(2017, 1, 1)),
    "college_name_once_per_school": lambda w: copy_row(w.college_a),
    "college_outside_no_once": lambda w: [
        CollegeFactory(school=w.school, outside_no="B001") for _ in range(2)
    ],
    "branch_name_once_per_college": lambda w: copy_row(w.a1),
    "college_key_once_per_school": lambda w: CollegeFactory(school=w.school, name=f"{w.college_a}团委"),
    "branch_key_once_per_college": lambda w: BranchFactory(
        college=w.college_a, name=w.a1.name.removesuffix("团支部")
    ),
    "street_name_once_per_district": lambda w: copy_row(w.urban),
    "street_kind_known": lambda w: update_row(w.urban, kind="rural"),
    "member_number_once_per_school": lambda w: MemberFactory(branch=w.b1, student_no=w.missing.student_no),
    "member_volunteer_no_once_per_school": lambda w: MemberFactory(
        branch=w.b1, registered=True, volunteer_no=w.registered.volunteer_no
    ),
    "account_number_once_per_school": lambda w: User.objects.create(
        username="x1@JH2", school=w.school, number=w.admin.number.lower(), name="同号"
    ),
    "member_registration_has_source": lambda w: update_row(w.missing, counts_from=DAY),
    "member_counts_from_known_date": lambda w: update_row(w.registered, registered_on=date(2018, 9, 1)),
    "member_stage_known": lambda w: update_row(w.missing, stage="pioneer"),
    "member_state_known": lambda w: update_row(w.missing, state="lost"),
    "member_source_known": lambda w: update_row(w.registered, registration_source="hearsay"),
    "member_party_known": lambda w: update_row(w.missing, party="other"),
    "number_of_one_person": lambda w: [make_number(person) for person in (w.missing, w.quiet)],
    "number_one_open_per_member": lambda w: [make_number(w.missing, number) for number in ("N1", "N2")],
    "number_ends_after_start": lambda w: make_number(
        w.missing, starts_on=date(2018, 9, 2), ends_on=date(2018, 9, 1)
    ),
    "spell_begins_once": lambda w: make_spell(w.missing, date(2018, 9, 1), first=False),
    "spell_one_open_per_member": lambda w: make_spell(
        w.missing, date(2018, 12, 1), first=False, ends_on=None
    ),
    "spell_one_first_per_member": lambda w: make_spell(w.missing, date(2018, 8, 1)),
    "spell_ends_after_start": lambda w: make_spell(w.missing, date(2018, 8, 1), ends_on=date(2018, 8, 1)),
    "grant_role_fits_scope": lambda w: GrantFactory(
        user=w.nobody, role=Role.SCHOOL_ADMIN, college=w.college_a
    ),
    "grant_ends_after_start": lambda w: update_row(w.admin.grants.get(), ends_on=date(2017, 1, 1)),
    "grant_terms_apart": lambda w: copy_row(w.admin.grants.get()),
    "volunteer_no_once_per_school": lambda w: copy_row(w.unclear),
    "volunteer_has_day_of_list": lambda w: update_row(w.unclear, listed_on=None),
    "volunteer_without_no_once": lambda w: [
        VolunteerRecordFactory(school=w.school, volunteer_no="", name="同名", phone="13800000000")
        for _ in range(2)
    ],
    "message_once_per_reason": lambda w: [
        Message.objects.create(user=w.admin, title="提醒", text="", key="due:1") for _ in range(2)
    ],
    "message_once_per_office": lambda w: [write_office_message(w.college_a) for _ in range(2)],
    "message_to_person_or_office": lambda w: Message.objects.create(
        user=w.admin, role=Role.COLLEGE_SECRETARY, college=w.college_a, title="提醒", key="due:1"
    ),
    "message_read_by_person": lambda w: update_row(write_office_message(w.college_a), read_at=MOMENT),
    "message_read_once": lambda w: [
        MessageReading.objects.create(message=message, user=w.secretary, read_at=MOMENT)
        for message in [write_office_message(w.college_a)] * 2
    ],
    "export_state_known": lambda w: make_export_job(w, state="lost"),
    "export_file_when_done": lambda w: make_export_job(w, state="done"),
    "export_once_at_a_time": lambda w: [make_export_job(w, filters={"grade": "2018"}) for _ in range(2)],
    "campus_link_waits_once": lambda w: [make_campus_link(w) for _ in range(2)],
    "campus_link_state_known": lambda w: make_campus_link(
        w, state="lost", decided_by=w.admin, decided_at=timezone.now()
    ),
    "campus_link_decided_by_somebody": lambda w: make_campus_link(w, state="accepted"),
    "campus_link_has_a_person": lambda w: make_campus_link(w, member=None),
    "volunteer_matched_has_member": lambda w: update_row(w.unclear, state="matched"),
}
CONSTRAINTS = {
    constraint.name
    for model in apps.get_app_config("members").get_models()
    for constraint in model._meta.constraints
    if isinstance(constraint, CheckConstraint | UniqueConstraint | ExclusionConstraint)
}


def test_every_constraint_is_tried():
    assert BREAKS.keys() == CONSTRAINTS


@pytest.mark.parametrize("name", BREAKS)
def test_the_database_refuses(name, world):
    with pytest.raises(IntegrityError, match=re.escape(f'"{name}"')), transaction.atomic():
        BREAKS[name](world)


@pytest.mark.parametrize(
    "scope",
    [
        {"role": Role.COLLEGE_SECRETARY, "school": True},
        {"role": Role.BRANCH_SECRETARY, "college": True},
        {"role": Role.LIAISON, "school": True},
        {"role": Role.LIAISON, "street": True},
        {"role": Role.SCHOOL_ADMIN},
        {"role": Role.SCHOOL_ADMIN, "school": True, "college": True},
        {"role": Role.MEMBER, "branch": True},
        {"role": "dean", "school": True},
    ],
)
def test_a_role_is_tied_to_its_own_place_only(scope, world):
    places = {
        "school": world.school,
        "college": world.college_a,
        "branch": world.a1,
        "street": world.urban,
    }
    role = scope.pop("role")
    with pytest.raises(IntegrityError, match="grant_role_fits_scope"), transaction.atomic():
        GrantFactory(user=world.nobody, role=role, **{name: places[name] for name in scope})


def test_what_may_be_repeated_is_not_refused(db):
    one, other = SchoolFactory(), SchoolFactory()
    for school in (one, other):
        ServiceYearFactory(school=school, year=2018)
        branch = BranchFactory(college=CollegeFactory(school=school, name="法学院"), name="1801")
        MemberFactory(branch=branch, student_no="2018010001", registered=True, volunteer_no="110101")
        MemberFactory(branch=branch, student_no="2018010002", volunteer_no="")
        VolunteerRecordFactory(school=school, volunteer_no="110101")
    StreetFactory(district="海淀区", name="八里庄街道")
    StreetFactory(district="朝阳区", name="八里庄街道")


def test_an_organisation_with_people_cannot_be_dropped(world):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM members_branch WHERE id = %s", [world.a1.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


# --- related rows belong to one school

OF_TWO_SCHOOLS = {
    "a person put into a branch elsewhere": (
        "UPDATE members_member SET branch_id = %(their_branch)s WHERE id = %(person)s",
        "人员与所在团支部不属于同一所学校",
    ),
    "one of many rows": (
        "UPDATE members_member SET branch_id = CASE id WHEN %(person)s THEN %(their_branch)s ELSE branch_id END",
        "人员与所在团支部不属于同一所学校",
    ),
    "a new person": (
        "INSERT INTO members_member (school_id, branch_id, student_no, name, name_key, sort_key, gender, grade, "
        "phone, stage, party, state, volunteer_no, registration_source, registration_evidence, reported_no, "
        "created_at) SELECT school_id, %(their_branch)s, 'X1', name, name_key, sort_key, gender, grade, phone, "
        "stage, party, state, '', '', '', '', now() FROM members_member WHERE id = %(person)s",
        "人员与所在团支部不属于同一所学校",
    ),
    "a person's school": (
        "UPDATE members_member SET school_id = %(their_school)s WHERE id = %(person)s",
        "人员不能改到其他学校",
    ),
    "a branch": (
        "UPDATE members_branch SET college_id = %(their_college)s WHERE id = %(branch)s",
        "团支部不能改到其他学校",
    ),
    "a college": (
        "UPDATE members_college SET school_id = %(their_school)s WHERE id = %(college)s",
        "学院不能改到其他学校",
    ),
    "a volunteer record": (
        "UPDATE members_volunteerrecord SET state = 'matched', member_id = %(their_person)s WHERE id = %(record)s",
        "志愿者名单记录与人员不属于同一所学校",
    ),
    "an account": (
        "UPDATE members_user SET school_id = %(their_school)s WHERE member_id = %(person)s",
        "账号与本人不属于同一所学校",
    ),
    "an account without a school": (
        "UPDATE members_user SET school_id = NULL WHERE member_id = %(person)s",
        "账号与本人不属于同一所学校",
    ),
}


@pytest.mark.parametrize("case", OF_TWO_SCHOOLS)
def test_nothing_belongs_to_two_schools(case, world):
    statement, problem = OF_TWO_SCHOOLS[case]
    ids = {
        "person": world.missing.pk,
        "branch": world.a1.pk,
        "college": world.college_a.pk,
        "record": world.unclear.pk,
        "their_branch": world.bh.a1.pk,
        "their_college": world.bh.college_a.pk,
        "their_school": world.bh.school.pk,
        "their_person": world.bh.zhang_wei.pk,
    }
    refused = pytest.raises(IntegrityError, match=problem)
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, ids)


def test_inside_a_school_everything_may_move(world):
    correct_person(world.missing, branch=world.b1)
    Branch.objects.filter(pk=world.a2.pk).update(college=world.college_b)
    VolunteerRecord.objects.filter(pk=world.unclear.pk).update(state="matched", member=world.quiet)
    world.missing.refresh_from_db()
    world.a2.refresh_from_db()
    world.unclear.refresh_from_db()
    assert (world.missing.branch, world.a2.college) == (world.b1, world.college_b)
    assert world.unclear.member == world.quiet


# --- people who count, and states of a registration


def test_the_state_of_a_registration(world):
    assert world.registered.registration_state == "registered"
    assert world.reported.registration_state == "reported"
    assert world.missing.registration_state == "missing"


def test_only_active_members_count(world):
    counted = set(Member.objects.filter(branch=world.a1).counted())
    assert counted == {member for member in Member.objects.filter(branch=world.a1) if member.counts}
    assert world.party in counted
    assert not counted & {world.suspended, world.activist, world.student}


# --- history by trigger: author, time, old → new, and the page or command


def list_history(row) -> list:
    return list(row.events.order_by("pgh_id"))


def test_a_save_keeps_old_and_new(world):
    before, world.missing.phone = world.missing.phone, "13900009999"
    world.missing.save()
    old, new = list_history(world.missing)
    assert (old.pgh_label, new.pgh_label) == ("insert", "update")
    assert (old.phone, new.phone) == (before, "13900009999")
    assert old.pgh_created_at <= new.pgh_created_at


def test_a_bulk_update_writes_a_row_for_each_person(world):
    with pghistory.context(user=world.admin.pk, command="import_file"):
        Member.objects.filter(branch=world.a1).update(grade="2017")
    for member in Member.objects.filter(branch=world.a1):
        last = list_history(member)[-1]
        assert (last.pgh_label, last.grade) == ("update", "2017")
        assert last.pgh_context.metadata == {"user": world.admin.pk, "command": "import_file"}


def test_a_bulk_insert_is_history_too(world):
    made = MemberFactory.build_batch(3, branch=world.a1, school=world.school)
    assert [len(list_history(member)) for member in create_people(made)] == [1, 1, 1]


def test_raw_sql_is_history_too(world):
    with pghistory.context(command="psql"), connection.cursor() as cursor:
        cursor.execute("UPDATE members_member SET grade = '2016' WHERE id = %s", [world.missing.pk])
    last = list_history(world.missing)[-1]
    assert (last.grade, last.pgh_context.metadata) == ("2016", {"command": "psql"})


def test_an_update_that_changes_nothing_leaves_no_trace(world):
    Member.objects.filter(pk=world.missing.pk).update(grade=world.missing.grade)
    assert len(list_history(world.missing)) == 1


def test_a_page_is_named_with_the_user_who_used_it(world, client_of):
    page = reverse("me_report")
    client_of(world.member).post(page, {"account_done": "on"})
    last = list_history(world.missing)[-1]
    assert last.pgh_context.metadata == {"user": world.member.pk, "url": page}


@pytest.mark.parametrize("model", [Member, Grant, ServiceYear, VolunteerRecord, Branch])
def test_history_cannot_be_rewritten_or_deleted(model, world):
    events = model.pgh_event_model._meta.db_table
    for start in ("UPDATE {} SET pgh_label = 'x'", "DELETE FROM {}"):
        refused = pytest.raises(InternalError, match="append_only")
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(start.format(events))


@pytest.mark.parametrize(
    "model", [model for model in apps.get_models() if hasattr(model, "pgh_tracked_model")] + [ExportLog]
)
def test_history_and_the_log_of_exports_cannot_be_emptied(model, db):
    refused = pytest.raises(IntegrityError, match="不能清空")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")


def test_a_password_is_not_in_the_history(world):
    names = {column.name for column in UserFactory._meta.model.pgh_event_model._meta.fields}
    assert "name" in names
    assert not names & {"password", "last_login"}
