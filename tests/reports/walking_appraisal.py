"""Appraisals for the walk: a sheet with people in each of two colleges and in another school."""

from reports.services.appraisal import start_appraisal
from tests.places import Target, make_place
from tests.world import World

PAGES = ("", "_meeting", "_sheet", "_roll", "_submit", "_approve", "_return", "_reopen", "_export", "_import")


def make_appraisal_targets(world: World) -> dict[str, list[Target]]:
    sheets, rows = [], []
    for branch, user, year in (
        (world.a1, world.secretary, world.year),
        (world.b1, world.secretary_b, world.year),
        (world.bh.a1, world.bh.secretary, world.bh.year),
    ):
        appraisal = start_appraisal(user=user, branch_id=branch.pk, year=year)
        sheets.append(Target((appraisal.pk,), make_place(branch)))
        rows.append(Target((appraisal.grades.first().pk,), make_place(branch)))
    branches = [
        Target((branch.pk,), make_place(branch)) for branch in (world.a1, world.a2, world.b1, world.bh.a1)
    ]
    return {f"appraisal{page}": sheets for page in PAGES} | {
        "appraisal_row": rows,
        "appraisal_start": branches,
    }
