"""Random schools with contradicting ledgers and changes over years: the commands agree with a second calculation.

Normally a sample. `SCENARIO_SEEDS=0-150 ./portal test -n 0 tests/scenarios/test_contradictions.py` takes these schools;
the last lines say how many rows were compared.
"""

import os
from datetime import date

import pytest

from members.models import Member
from members.services.numbers import adopt_numbers
from tests.scenarios.answers import COMPARISONS
from tests.scenarios.contradictions import make_contradiction
from tests.scenarios.reference_of_days import School as Reference
from tests.scenarios.schools import NOW, compare_answers, import_file, open_school

pytestmark = pytest.mark.django_db
SAMPLE = range(10)
RENUMBERED = 5  # a list of volunteers and the ledger of 北京共青团 come after its last roster


def list_seeds() -> list[int]:
    first, _, last = os.environ.get("SCENARIO_SEEDS", "").partition("-")
    return list(range(int(first), int(last) + 1)) if last else list(SAMPLE)


@pytest.mark.parametrize("seed", list_seeds())
def test_a_school_with_contradictions_has_the_figures_of_the_second_calculation(seed, tmp_path, time_machine):
    time_machine.move_to(NOW)
    case = make_contradiction(seed)
    open_school(case)
    reports = {file.label: import_file(file, tmp_path) for file in case.files}
    reference = Reference(case)
    COMPARISONS.compare(
        {label: reports[label]["missing"] for label in reference.missing}, reference.missing, "missing"
    )
    compare_answers(case, reference)


def test_people_who_got_new_numbers_are_found_by_the_old_ones_in_later_files(tmp_path, time_machine):
    """All later files know the old numbers only; the answers carry the new ones and the same figures."""
    time_machine.move_to(NOW)
    case = make_contradiction(RENUMBERED)
    open_school(case)
    reference = Reference(case)
    first = next(place for place, file in enumerate(case.files) if file.label == "共青团-0")
    for file in case.files[:first]:
        import_file(file, tmp_path)
    renamed = {number: f"2019{number[4:]}" for number in sorted(reference.people)[::2]}
    people = dict(Member.objects.filter(student_no__in=renamed).values_list("pk", "student_no"))
    assert len(people) == len(renamed) > 3
    adopt_numbers({pk: renamed[old] for pk, old in people.items()}, on=date(2026, 10, 1))
    for file in case.files[first:]:
        import_file(file, tmp_path)
    reference.people = {renamed.get(number, number): life for number, life in reference.people.items()}
    compare_answers(case, reference)
