"""Services of one person as two ledgers write them down, with the contradictions of real ledgers.

A scene is what happened on one day, or over one night, of one person. Scenes of a person are days apart, so each
contradiction is one of its own. `before` is a row of the first file of 北京共青团, `after` the same row in a later
one: None where the row is not there, the same object where nothing changed.

This module imports nothing of the portal.
"""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

TITLES = ["助残服务", "社区·图书整理", "垃圾分类 宣传", "地铁站（文明引导）", "敬老院陪伴", "植树"]


@dataclass(frozen=True)
class Row:
    """A row of a ledger: `start` in minutes of the day or None; a row with a start ends `minutes` later."""

    day: date
    start: int | None
    minutes: int
    title: str
    state: str = "已确认"
    record_no: str = ""


@dataclass(frozen=True)
class Scene:
    league: tuple[tuple[Row | None, Row | None], ...] = ()
    beijing: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Manner:
    """How the two ledgers of a school write: with record numbers, with the time of day, in a second file."""

    numbered: bool
    beijing_timed: bool
    twice: bool


def draw_scenes(chance: random.Random, manner: Manner) -> list[Scene]:
    """Return the scenes of one person in two years, and sometimes at the edges of a year."""
    scenes = []
    for year in (2018, 2026):
        days = [date(year, 1, 4) + timedelta(days=4 * n) for n in range(60)]
        for day in chance.sample(days, chance.choice([0, 1, 2, 4, 6])):
            scenes.append(chance.choice(SCENES)(chance, manner, day))
    if chance.random() < 0.15:
        scenes += [_play_plain(chance, manner, day) for day in (date(2018, 12, 31), date(2017, 12, 31))]
    if chance.random() < 0.1:
        scenes.append(_play_turn_of_the_year(chance))
    return scenes


def _draw_row(chance: random.Random, day: date, **given) -> Row:
    start = chance.choice([360, 540, 600, 845])
    return Row(day, start, chance.choice([60, 90, 120, 183, 240, 300]), chance.choice(TITLES), **given)


def _keep(*rows: Row) -> tuple[tuple[Row, Row], ...]:
    return tuple((row, row) for row in rows)


def _write_marks(title: str) -> str:
    """Return the title with other marks and spaces between the same words."""
    return title.replace("·", " ").replace("（", "(").replace("）", ")")


def _draw_other_title(chance: random.Random, *titles: str) -> str:
    return chance.choice([title for title in TITLES if title not in titles])


def _play_plain(chance, manner, day) -> Scene:
    return Scene(_keep(_draw_row(chance, day)))


def _play_in_both(chance, manner, day) -> Scene:
    """One service in both ledgers, sometimes with two durations."""
    row = _draw_row(chance, day)
    minutes = row.minutes
    if manner.beijing_timed and chance.random() < 0.4:
        minutes += chance.choice([-30, 30, 60])
    start = row.start if manner.beijing_timed else None
    return Scene(_keep(row), (replace(row, start=start, title=_write_marks(row.title), minutes=minutes),))


def _play_overlap(chance, manner, day) -> Scene:
    """Two to four services of one ledger that share minutes, one of them sometimes inside another."""
    rows, start = [], chance.choice([360, 480, 600])
    for _ in range(chance.randint(2, 4)):
        rows.append(Row(day, start, chance.choice([45, 90, 120, 240]), chance.choice(TITLES)))
        start += chance.choice([20, 30, 60])
    return Scene(_keep(*rows))


def _play_same_start(chance, manner, day) -> Scene:
    """Three services at one start, which only record numbers tell apart."""
    if not manner.numbered:
        return _play_overlap(chance, manner, day)
    titles = chance.sample(TITLES, 3)
    return Scene(
        _keep(*(Row(day, 540, minutes, t) for minutes, t in zip((120, 120, 240), titles, strict=True)))
    )


def _play_across(chance, manner, day) -> Scene:
    """A service in one ledger ends after another of the other ledger has begun: two services, for a while both."""
    row = Row(day, 540, 180, chance.choice(TITLES))
    other = Row(day, 540 + 160, chance.choice([90, 120, 200]), _draw_other_title(chance, row.title))
    return Scene(_keep(row), (other if manner.beijing_timed else replace(other, start=None, minutes=77),))


def _play_full_day(chance, manner, day) -> Scene:
    """Rows without times, and sometimes one with times, of more than a day together."""
    titles = chance.sample(TITLES, 4)
    lengths = chance.choice([(1200, 1100), (540, 541, 542), (900, 500), (600, 660, 30)])
    rows = [Row(day, None, minutes, title) for minutes, title in zip(lengths, titles, strict=False)]
    if chance.random() < 0.5:
        rows.append(Row(day, 420, chance.choice([60, 300, 900]), titles[3]))
    return Scene(_keep(*rows))


def _play_night(chance, manner, day) -> Scene:
    """A night shift, and a service that begins before it has ended."""
    shift = Row(day, chance.choice([1200, 1320, 1410]), 300, "守夜")
    morning = Row(day + timedelta(days=1), chance.choice([0, 30, 60]), chance.choice([60, 180]), "早市")
    return Scene(_keep(shift, morning))


def _play_two_of_a_day(chance, manner, day) -> Scene:
    title = chance.choice(TITLES)
    return Scene(
        _keep(*(Row(day, None, minutes, title) for minutes in chance.sample([60, 120, 180, 200], 2)))
    )


def _play_moved_start(chance, manner, day) -> Scene:
    row = _draw_row(chance, day)
    moved = replace(row, start=row.start + chance.choice([-30, 20, 45, 400]))
    if chance.random() < 0.3:
        moved = replace(moved, title=_draw_other_title(chance, row.title))
    return Scene(((row, moved),))


def _play_moved_day(chance, manner, day) -> Scene:
    row = _draw_row(chance, day)
    return Scene(((row, replace(row, day=row.day + timedelta(days=1))),))


def _play_new_title(chance, manner, day) -> Scene:
    row = _draw_row(chance, day)
    title = chance.choice([_write_marks(row.title), _draw_other_title(chance, row.title)])
    return Scene(((row, replace(row, title=title)),))


def _play_longer(chance, manner, day) -> Scene:
    row = _draw_row(chance, day)
    return Scene(((row, replace(row, minutes=row.minutes + chance.choice([-30, 30, 90]))),))


def _play_gone(chance, manner, day) -> Scene:
    row = _draw_row(chance, day)
    row = row if chance.random() < 0.6 else replace(row, start=None)
    return Scene(((row, None),))


def _play_late(chance, manner, day) -> Scene:
    return Scene(((None, _draw_row(chance, day)),))


def _play_undecided(chance, manner, day) -> Scene:
    row = _draw_row(chance, day, state=chance.choice(["待确认", "待确认", "已驳回"]))
    return Scene(
        ((row, replace(row, state=chance.choice([row.state, "已确认"])) if row.state == "待确认" else row),)
    )


def _play_pending_overlap(chance, manner, day) -> Scene:
    """A pending row takes no minute from the confirmed one it overlaps."""
    row = Row(day, 540, 120, chance.choice(TITLES))
    return Scene(_keep(row, replace(row, start=500, minutes=200, state="待确认")))


def _play_alike(chance, manner, day) -> Scene:
    """One row without times in each ledger: the same, alike in the duration only, or two services."""
    row = Row(day, None, chance.choice([60, 90, 120]), chance.choice(TITLES))
    other = chance.choice(
        [
            replace(row, title=_write_marks(row.title)),
            replace(row, title=_draw_other_title(chance, row.title)),
            replace(row, title=_draw_other_title(chance, row.title), minutes=row.minutes + 7),
        ]
    )
    return Scene(_keep(row), (other,)) if not manner.beijing_timed else Scene(_keep(row))


def _play_beijing(chance, manner, day) -> Scene:
    row = _draw_row(chance, day)
    return Scene((), (row if manner.beijing_timed else replace(row, start=None),))


def _play_beijing_overlap(chance, manner, day) -> Scene:
    if not manner.beijing_timed:
        return _play_beijing(chance, manner, day)
    starts, titles = (480, 510, 590), chance.sample(TITLES, 3)
    return Scene((), tuple(Row(day, s, 120, t) for s, t in zip(starts, titles, strict=True)))


def _play_turn_of_the_year(chance) -> Scene:
    """Two rows of the last night of the year, and one of the first morning that begins before they end."""
    eve, morning = date(2018, 12, 31), date(2019, 1, 1)
    night = [Row(eve, 1320, 240, "守夜"), Row(eve, 1330, 230, "跨年")][: chance.choice([1, 2])]
    return Scene(_keep(*night, Row(morning, 60, 240, "早市")))


SCENES = [
    *[_play_plain] * 2,
    *[_play_in_both] * 4,
    *[_play_overlap] * 3,
    *[_play_across] * 2,
    *[_play_beijing] * 2,
    _play_same_start,
    _play_full_day,
    _play_night,
    _play_two_of_a_day,
    _play_moved_start,
    _play_moved_day,
    _play_new_title,
    _play_longer,
    _play_gone,
    _play_late,
    _play_undecided,
    _play_pending_overlap,
    _play_alike,
    _play_beijing_overlap,
]
