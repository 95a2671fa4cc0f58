"""A small school by commands: from nothing to everybody activated, as `benchmarks/first_week.py` measures it."""

from contextlib import nullcontext

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from docx import Document

from members.activation_rules import read_code
from members.models import ActivationCode, Grant, User
from members.queries.activation import find_code, list_people_to_activate
from members.services.activation_entry import open_code, use_code
from tests.first_week import PASSWORD, NewSchool, fill_school, make_school
from tests.members.test_activation_views import CODE

ORIGIN = "https://zy.example.edu.cn"
SCHOOL = NewSchool("QB", people=12, branches=2, colleges=1)
AMONG_MANY = NewSchool("QD", people=20, branches=4, colleges=2)


@pytest.fixture
def no_log(db):
    """Return the `timed` of a school whose time nobody measures."""
    return lambda label: nullcontext()


def read_codes(path) -> list[str]:
    texts = [cell.text for table in Document(path).tables for row in table.rows for cell in row.cells]
    return [code for text in texts for code in CODE.findall(text)]


def test_a_school_made_by_commands_holds_a_code_for_everybody(no_log, tmp_path):
    link = make_school(AMONG_MANY, origin=ORIGIN)
    files = fill_school(AMONG_MANY, tmp_path, timed=no_log)
    assert [len(read_codes(file)) for file in files] == [11, 11]
    assert link.startswith(f"{ORIGIN}/activate/")
    assert ActivationCode.objects.outstanding().count() == AMONG_MANY.everybody == 23
    assert Grant.objects.exclude(role="school_admin").count() == 6


def test_everybody_of_a_school_activates_and_no_code_works_twice(no_log, tmp_path):
    link = make_school(SCHOOL, origin=ORIGIN)
    files = fill_school(SCHOOL, tmp_path, timed=no_log)
    codes = [link.rstrip("/").rpartition("/")[2], *(code for file in files for code in read_codes(file))]
    assert len(set(codes)) == SCHOOL.everybody == 14
    for number, code in enumerate(codes):
        opened = open_code(typed=code, address=f"10.0.0.{number}")
        use_code(code_id=opened.pk, password=PASSWORD, address=f"10.0.0.{number}")
    for number, code in enumerate(codes):
        assert find_code(read_code(code)).used_at
        with pytest.raises(ValidationError):
            open_code(typed=code, address=f"10.0.1.{number}")
        with pytest.raises(ValidationError):
            use_code(
                code_id=find_code(read_code(code)).pk, password="another-long-9", address=f"10.0.2.{number}"
            )
    everybody = User.objects.filter(school__code=SCHOOL.code)
    assert everybody.count() == 14
    assert all(account.check_password(PASSWORD) for account in everybody)
    people = everybody.filter(member__in=list_people_to_activate())
    assert people.count() == SCHOOL.people


def test_a_whole_school_signs_in_with_the_passwords_it_chose(no_log, tmp_path):
    make_school(SCHOOL, origin=ORIGIN)
    (college,) = fill_school(SCHOOL, tmp_path, timed=no_log)
    for code in read_codes(college):
        client = Client()
        client.get(f"/activate/{code}/")
        client.post("/activate/password/", {"password": PASSWORD, "repeated": PASSWORD})
        assert client.get("/messages/").status_code == 200
        client.post("/accounts/logout/")
        number = User.objects.get(activation_codes__digest=find_code(read_code(code)).digest).number
        client.post("/accounts/login/", {"login": number, "password": PASSWORD, "school": SCHOOL.code})
        assert client.get("/messages/").status_code == 200, number
