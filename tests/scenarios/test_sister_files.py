"""Odd files of each kind of the shared cases give what a person sees in them; honest odd files lose no row."""

from pathlib import Path

import pytest

from tests.scenarios.sister_files import HONEST, ODD
from tests.scenarios.test_file_cases import Outcome, check_case

pytestmark = pytest.mark.django_db
PEOPLE = """学号,姓名,学院,团支部,政治面貌,手机号码
2018010001,安知行,法学院,法学1801,共青团员,13800138001
2018010002,白若溪,法学院,法学1801,共青团员,13800138002
2018010003,程一诺,法学院,法学1801,共青团员,13800138003
2018010004,王䶮,法学院,法学1801,共青团员,13800138004
2018010005,葛天,法学院,法学1801,共青团员,13800138005
2018010006,古丽·阿迪力,法学院,法学1801,共青团员,13800138006
2018010007,李㛃,法学院,法学1801,共青团员,13800138007
2018010008,周桐,法学院,法学1801,共青团员,13800138008
"""


def import_text(kind: str, text: str, folder: Path) -> Outcome:
    people, path = folder / "people.csv", folder / "file.csv"
    people.write_text(PEOPLE, encoding="utf-8-sig")
    path.write_text(text, encoding="utf-8-sig")
    return Outcome({"kind": kind, "file": path}, folder, people)


def list_sisters(table: list) -> list:
    return [pytest.param(kind, text, expect, id=name) for name, kind, text, expect in table]


@pytest.mark.parametrize(("kind", "text", "expect"), list_sisters(ODD))
def test_an_odd_file_of_a_known_kind_gives_what_a_person_sees(kind, text, expect, tmp_path):
    check_case(import_text(kind, text, tmp_path), expect)


@pytest.mark.parametrize(("kind", "text", "expect"), list_sisters(HONEST))
def test_an_honest_odd_file_loses_no_row(kind, text, expect, tmp_path):
    outcome = import_text(kind, text, tmp_path)
    assert outcome.refusal == ""
    check_case(outcome, expect)
