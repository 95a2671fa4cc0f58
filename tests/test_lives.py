"""The lives of an activity, a pairing, an appraisal and an honour, at random: what hangs together stays together.

`LIVES` sets how many are played (benchmarks/lives.py plays thousands).
"""

import json
import os
from collections import Counter

import time_machine
from django.core.cache import cache
from django.db import transaction
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.activities.serving import NOW
from tests.lives.checks import check_end, check_ways_out
from tests.lives.life import ACTIONS, build_life

LIVES = int(os.environ.get("LIVES", "25"))
SHRINK = os.environ.get("LIFE_SHRINK", "1") == "1"
STEPS = int(os.environ.get("LIFE_STEPS", "30"))
NUMBERS = st.integers(0, 34)


def _make_rule(name: str):
    """Return the rule that plays one action of a life."""

    def play(self, first, second):
        getattr(self.life, name)(first, second)

    play.__name__ = name
    return rule(first=NUMBERS, second=NUMBERS)(play)


def test_whatever_happens_in_whatever_order_what_hangs_together_stays_together(world):
    done: Counter[str] = Counter()
    with time_machine.travel(NOW, tick=False) as clock:

        class Lives(RuleBasedStateMachine):
            """One life: it begins in its own savepoint, which is rolled back at its end."""

            def __init__(self):
                super().__init__()
                cache.clear()
                self.atomic = transaction.atomic()
                self.atomic.__enter__()
                self.life = build_life(world, clock)

            @rule(who=NUMBERS, where=NUMBERS)
            def everybody_signs_up(self, who, where):
                for number in range(len(self.life.people)):
                    self.life.sign_up(who + number, where)

            @rule(hours=st.sampled_from([1, 3, 8]))
            def time_passes(self, hours):
                self.life.let_time_pass(hours)

            @rule()
            def the_schedule_runs(self):
                self.life.run_clockwork()

            @invariant()
            def nobody_is_bound_to_what_they_cannot_reach(self):
                self.life.note_places()
                check_ways_out(self.life)

            @rule(which=NUMBERS)
            def somebody_gives_a_place_back(self, which):
                self.life.cancel(which, 0)

            def teardown(self):
                try:
                    check_end(self.life)
                finally:
                    done.update(self.life.done)
                    transaction.set_rollback(True)
                    self.atomic.__exit__(None, None, None)

        for name in ACTIONS:
            setattr(Lives, name, _make_rule(name))
        run_state_machine_as_test(
            Lives,
            settings=hypothesis_settings(
                max_examples=LIVES,
                stateful_step_count=STEPS,
                phases=[phase for phase in Phase if SHRINK or phase != Phase.shrink],
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    print(json.dumps(dict(done.most_common()), ensure_ascii=False))  # noqa: T201 (the benchmark shows it)
