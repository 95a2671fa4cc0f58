"""Random schools with contradicting ledgers and changes over years: the commands agree with a second calculation.

Normally a sample. `SCENARIO_SEEDS=0-150 ./portal test -n 0 tests/scenarios/test_contradictions.py` takes these schools;
the last lines say how many rows were compared.
"""

import os

import pytest

from tests.scenarios.answers import COMPARISONS
from tests.scenarios.contradictions import make_contradiction
from tests.scenarios.reference_of_days import School as Reference
from tests.scenarios.schools import NOW, compare_answers, import_file, open_school

pytestmark = pytest.mark.django_db
SAMPLE = range(10)


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
