"""Rates of branches, of colleges and of their total."""

import pytest

from members.models import Branch
from members.queries.rates import compute_branch_rates, compute_college_rates, compute_total_rate


@pytest.mark.parametrize("nothing", [Branch.objects.none(), Branch.objects.filter(pk__in=[])])
def test_without_a_branch_there_is_nothing_and_no_error(world, nothing):
    assert compute_branch_rates(nothing, floor_percent=95) == []
    assert compute_college_rates(nothing, floor_percent=95) == []
    assert compute_total_rate(nothing, floor_percent=95).members == 0
