"""Targets of the walk over all addresses for 表彰."""

from reports.models import Commendation
from reports.services.commendation import save_commendation
from tests.places import Place, Target
from tests.world import SchoolWorld, World


def make_commendation_targets(world: World) -> dict[str, list[Target]]:
    made = [Target((_save_list(side).pk,), Place(side.school)) for side in (world.jh, world.bh)]
    names = ("", "_edit", "_proofs", "_export", "_issue", "_drop")
    return {
        **dict.fromkeys((f"commendation{name}" for name in names), made),
        "commendation_new": [Target((2018, "volunteer")), Target((2018, "team"))],
    }


def _save_list(side: SchoolWorld) -> Commendation:
    return save_commendation(
        user=side.admin,
        year=side.year,
        kind="volunteer",
        name="优秀志愿者",
        places=1,
        minimum={"minutes": 0, "services": 0, "months": 0},
        order="minutes",
    )
