"""Targets of the walk over all addresses for 学院考核."""

from reports.rules.assessment import SUGGESTED
from reports.services.assessment import lock_result, publish_weights
from tests.places import Place, Target
from tests.world import World


def make_assessment_targets(world: World, colleges: list[Target]) -> dict[str, list[Target]]:
    """Return targets. Figures of a college are for those above it, a locked result is for all offices of its
    school."""
    rows, years = [Target(("registered",)), Target(("confirmed",))], [Target((2018,))]
    results = []
    for side in (world.jh, world.bh):
        publish_weights(user=side.admin, year=side.year, weights=SUGGESTED)
        locked = lock_result(user=side.admin, year=side.year)
        results.append(Target((locked.pk,), Place(side.school, whole_school=True)))
    return {
        "assessment_college": colleges,
        **dict.fromkeys(("assessment_rows", "assessment_rows_export"), rows),
        **dict.fromkeys(("assessment_weights", "assessment_lock"), years),
        **dict.fromkeys(("assessment_result", "assessment_result_export"), results),
    }
