"""manage.py activation_slips."""

import json
import re
import stat
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from docx import Document

from members.activation_rules import read_code
from members.models import AccountEvent, ActivationCode, Branch, ExportLog, User
from members.queries.activation import find_code
from tests.factories import CollegeFactory

CODE = re.compile(r"\b(?:[34679ACDEFHJKMNPRTWXY]{4}-){2}[34679ACDEFHJKMNPRTWXY]{4}\b")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "slips.docx"


def run(out, *options: str, school: str = "JH") -> str:
    answer = StringIO()
    call_command("activation_slips", str(out), "--school", school, *options, stdout=answer)
    assert not CODE.search(answer.getvalue())
    return answer.getvalue()


def read_accounts(out) -> set[User]:
    """Return whose codes the slips hold."""
    cells = [cell.text for table in Document(out).tables for row in table.rows for cell in row.cells]
    return {find_code(read_code(CODE.search(text)[0])).account for text in cells if text}


def test_a_branch_gets_its_slips_and_the_figures(world, out):
    User.objects.filter(pk=world.member.pk).update(password="md5$a$b")
    figures = json.loads(run(out, "--branch", "法学1801团支部", "--json"))
    assert figures == {"slips": 10, "accounts_created": 9, "left_out": 1}
    assert {account.member.branch for account in read_accounts(out)} == {world.a1}
    assert ExportLog.objects.get().user is None
    assert AccountEvent.objects.filter(kind="code_issued", by=None).count() == 10


def test_a_college_and_a_school_are_named_likewise(world, out):
    """The people of the roster who have not left, and the office holders who are in no roster."""
    assert json.loads(run(out, "--college", "物理学院", "--json"))["slips"] == 1 + 1  # 张伟, 郑书记
    assert read_accounts(out) == {User.objects.get(member=world.zhang_wei_b), world.secretary_b}
    assert json.loads(run(out, "--whole-school", "--json"))["slips"] == 13 + 3  # 孔管理, 曹书记, 郑书记
    assert {account.school for account in read_accounts(out)} == {world.school}


def test_a_second_run_voids_the_slips_of_the_first(world, out):
    run(out, "--college", "物理学院")
    first = read_accounts(out)
    assert first == {code.account for code in ActivationCode.objects.outstanding()}
    run(out, "--college", "物理学院")
    assert ActivationCode.objects.count() == 2 * len(first) == 4
    assert {code.account for code in ActivationCode.objects.outstanding()} == first
    assert ActivationCode.objects.outstanding().count() == len(first)


def test_one_number_gets_a_slip_even_after_activation(world, out):
    User.objects.filter(pk=world.secretary.pk).update(password="md5$a$b")
    assert json.loads(run(out, "--number", "t1002", "--json")) == {
        "slips": 1, "accounts_created": 0, "left_out": 0,
    }  # fmt: skip
    assert read_accounts(out) == {world.secretary}
    assert json.loads(run(out, "--number", world.reported.student_no, "--json"))["accounts_created"] == 1


def test_the_slips_name_the_given_address(world, out):
    run(out, "--branch", "法学1801团支部", "--origin", "https://zy.example.edu.cn/any/path")
    assert "zy.example.edu.cn/activate/" in Document(out).tables[0].rows[0].cells[0].text


def test_only_the_owner_can_read_the_file(world, out):
    out.write_bytes(b"")
    out.chmod(0o644)
    run(out, "--branch", "法学1801团支部")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_codes_of_a_file_that_cannot_be_written_are_not_issued(world, tmp_path):
    with pytest.raises(CommandError, match="没有发放激活码"):
        run(tmp_path / "missing" / "slips.docx", "--branch", "法学1801团支部")
    assert not ActivationCode.objects.exists()
    assert not User.objects.filter(member=world.reported).exists()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ((), "指明发给谁"),
        (("--branch", "法学1801团支部", "--number", "T1002"), "指明发给谁"),
        (("--branch", "不存在团支部"), "没有找到"),
        (("--college", "文学院"), "没有找到"),
        (("--number", "T2001"), "没有找到"),
        (("--branch", "法学1801团支部", "--origin", "zy.example.edu.cn"), "--origin"),
        (("--branch", "物理1802团支部"), "没有需要发放"),
    ],
)
def test_what_cannot_be_done_is_said(options, problem, world, out):
    with pytest.raises(CommandError, match=problem):
        run(out, *options)
    assert not out.exists()


def test_a_branch_name_of_two_colleges_needs_the_college(world, out):
    Branch.objects.create(college=CollegeFactory(school=world.school, name="医学院"), name="法学1801团支部")
    with pytest.raises(CommandError, match="--college"):
        run(out, "--branch", "法学1801团支部")
    assert run(out, "--branch", "法学1801团支部", "--college", "法学院")
