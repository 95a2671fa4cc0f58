"""A sample of benchmarks/fuzz_good_files.py: honest files with odd layouts are read as they are meant.

The seeds are fixed, so that a failure can be repeated: `make_file(seed, kind)`.
"""

import dataclasses

import pytest

from tests.members.good_files import compare, make_file
from tests.members.good_kinds import ACCEPT, KINDS, NO_DATA, REFUSE

SEEDS = range(300)


@pytest.mark.parametrize("kind", KINDS)
def test_good_files_are_read_as_they_are_meant(kind):
    found = {}
    for seed in SEEDS:
        file = make_file(seed, kind)
        if disagreements := compare(file):
            found[f"{kind} seed {seed} {file.features}"] = disagreements
    assert not found


@pytest.mark.parametrize("kind", KINDS)
def test_the_sample_holds_every_verdict_and_most_layouts(kind):
    files = [make_file(seed, kind) for seed in SEEDS]
    verdicts = {line.verdict for file in files for lines in file.lines.values() for line in lines}
    assert verdicts == {ACCEPT, REFUSE, NO_DATA}
    features = {feature for file in files for feature in file.features}
    assert {"side by side", "footer", "hidden rows", "hidden columns", "utf-16", "gb18030", "';'"} <= features


def test_a_seed_gives_the_same_intent_again():
    first, second = make_file(5, "roster"), make_file(5, "roster")
    assert first.lines == second.lines
    assert first.features == second.features


@pytest.mark.parametrize("kind", KINDS)
def test_the_comparison_finds_a_wrong_field_a_lost_line_and_an_unwanted_one(kind):
    file = next(
        made
        for seed in SEEDS
        if not compare(made := make_file(seed, kind)) and "side by side" not in made.features
    )
    number, line = next((n, one) for n, lines in file.lines.items() for one in lines if one.verdict == ACCEPT)
    changed = dataclasses.replace(line, expected=line.expected | {"title": "别的", "grade": "1999"})
    for lines, kind_of_disagreement in (
        ({number: [changed]}, "wrong field"),
        ({number: [], 999: [line]}, "lost silently"),
        ({number: [dataclasses.replace(line, verdict=REFUSE)]}, "accepted wrongly"),
        ({number: [dataclasses.replace(line, verdict=NO_DATA)]}, "accepted wrongly"),
    ):
        other = dataclasses.replace(file, lines=file.lines | lines)
        assert any(one.startswith(kind_of_disagreement) for one in compare(other))
