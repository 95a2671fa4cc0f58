"""What the requirements demand of a school of `contradictions`, of any day: simple, slow and without the portal.

One person at a time. What a person was on a day is the last thing that a roster of that day or before said; before
the first roster it is what the first said. Minutes are the largest flow from records to the stretches of time that
passed: a record gives at most its own minutes, a minute on the clock is given once, and a day takes 24 hours. That
this is a flow and not a list of rules in an order makes it a second opinion. The sources are requirements §3 and §4.
"""

import itertools
import re
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import date

from tests.scenarios.contradictions import Contradiction
from tests.scenarios.generator import BEIJING, LEAGUE, File
from tests.scenarios.reference import compute_percent, parse_day, parse_minutes, parse_name, parse_number

STAGES = {
    "共青团员": "member",
    "中共党员": "member",
    "入团申请人": "applicant",
    "入团积极分子": "activist",
    "群众": "student",
}
ON_THE_WAY = ("applicant", "activist")
EPOCH = date(2000, 1, 1)
LEVELS = ("college", "school", "city", "nation")


@dataclass(frozen=True)
class Was:
    """What a person was from some day on."""

    college: str = ""
    branch: str = ""
    stage: str = ""
    state: str = ""


@dataclass
class Record:
    ledger: str
    day: date
    start: int | None
    minutes: int
    title: str
    confirmed: bool

    @property
    def span(self) -> tuple[int, int]:
        """The minutes since the epoch at which the record begins and ends."""
        begins = (self.day - EPOCH).days * 1440 + self.start
        return begins, begins + self.minutes


@dataclass
class Life:
    """All that the files say about a person."""

    name: str
    spells: list[tuple[date, Was]] = field(default_factory=list)
    verified: bool = False
    registered_on: date | None = None
    counts_from: date | None = None
    volunteer_no: str = ""
    records: dict = field(default_factory=dict)

    def get_was(self, day: date | None) -> Was:
        """Return what the person was on that day; None is today."""
        fitting = [was for start, was in self.spells if day is None or start <= day]
        return fitting[-1] if fitting else self.spells[0][1]

    def is_registered(self, day: date | None) -> bool:
        return self.verified and (day is None or (self.registered_on or self.counts_from) <= day)

    def is_assessed(self, day: date | None) -> bool:
        was = self.get_was(day)
        return was.stage == "member" and was.state == "在读"


class School:
    """The school after all files; `missing` holds what each league file should report as missing."""

    def __init__(self, case: Contradiction):
        self.case = case
        self.people: dict[str, Life] = {}
        self.places: set[tuple[str, str]] = set()
        self.missing: dict[str, int] = {}
        for kind, read in (
            ("roster", self._read_roster),
            ("volunteers", self._read_volunteers),
            ("hours", self._read_hours),
        ):
            for file in case.files:
                if file.kind == kind:
                    read(file)

    def _read_roster(self, file: File) -> None:
        day = date.fromisoformat(file.options[1])
        for row in read_rows(file):
            life = self.people.setdefault(parse_number(row["student_no"]), Life(parse_name(row["name"])))
            before = life.get_was(day) if life.spells else Was(state="在读")
            now = Was(
                college=row.get("college", "").removesuffix("团委") or before.college,
                branch=strip_suffix(row.get("branch", "")) or before.branch,
                stage=_find_stage(row, before.stage),
                state=row.get("state", "") or before.state,
            )
            self.places.add((now.college, now.branch))
            _write_spell(life, day, before, now)

    def _read_volunteers(self, file: File) -> None:
        day = date.fromisoformat(file.options[1])
        for row in read_rows(file):
            life = self.people[parse_number(row["student_no"])]
            life.volunteer_no = parse_number(row["volunteer_no"])
            life.counts_from = life.counts_from or day
            life.verified = True
            if row["registered_on"] != "":
                life.registered_on = parse_day(row["registered_on"])

    def _read_hours(self, file: File) -> None:
        by_number = {life.volunteer_no: life for life in self.people.values() if life.volunteer_no}
        ledger, found = (LEAGUE if "student_no" in file.columns else BEIJING), defaultdict(set)
        days = []
        for row in read_rows(file):
            life = (
                self.people[parse_number(row["student_no"])]
                if ledger == LEAGUE
                else by_number[parse_number(row["volunteer_no"])]
            )
            record = _read_record(row, ledger)
            key = (ledger, *_build_key(row, record))
            life.records[key] = record
            found[id(life)].add(key)
            days.append(record.day)
        if ledger == LEAGUE:
            self.missing[file.label] = sum(
                key[0] == ledger and min(days) <= record.day <= max(days) and key not in found[id(life)]
                for life in self.people.values()
                if id(life) in found
                for key, record in life.records.items()
            )

    def compute_eligibility(self, year: int, day: date | None) -> dict:
        """Return the rows of `eligibility --json`, by key; a closed year is asked as of its last day."""
        return {
            number: self._judge(life, year, day)
            for number, life in self.people.items()
            if life.is_assessed(day)
        }

    def _judge(self, life: Life, year: int, day: date | None) -> dict:
        rules = self.case.rules
        registered, minutes = life.is_registered(day), self.sum_minutes(life, year, day)
        failed = [] if registered else [(True, False)]
        if minutes < rules["required_minutes"]:
            failed.append((rules["required_minutes"], minutes))
        return {
            "registered": registered,
            "minutes": minutes,
            "excellent": not failed,
            "honour_bar": bool(failed),
            "honours": {level: level == "college" or not failed for level in LEVELS},
            "reasons": [{"required": required, "measured": measured} for required, measured in failed],
        }

    def compute_rates(self, day: date | None) -> dict:
        """Return {college or (college, branch): [members, registered, rate, below the floor]}."""
        units = defaultdict(lambda: [0, 0])
        for place in self.places:
            for unit in (place, place[0]):
                units[unit]
        for life in self.people.values():
            if life.is_assessed(day):
                was = life.get_was(day)
                for unit in ((was.college, was.branch), was.college):
                    units[unit][0] += 1
                    units[unit][1] += life.is_registered(day)
        floor = self.case.rules["floor_percent"]
        return {
            unit: [
                members,
                registered,
                compute_percent(registered, members),
                100 * registered < floor * members,
            ]
            for unit, (members, registered) in units.items()
        }

    def sum_minutes(self, life: Life, year: int, day: date | None) -> int:
        """Return the minutes that count in the year, up to the day that is asked about."""
        last = min(day or date.max, date(year, 12, 31))
        sources = self.case.rules["appraisal_sources"]
        eligible = [
            record for record in life.records.values() if record.confirmed and record.ledger in sources
        ]
        chosen = choose_one_of_each_service(eligible, sources, longest=self.case.rules["longest_counts"])
        return measure_flow([record for record in chosen if date(year, 1, 1) <= record.day <= last])


def read_rows(file: File) -> list[dict]:
    return [dict(zip(file.columns, row, strict=True)) for row in file.rows]


def strip_suffix(branch: str) -> str:
    """Return the name of a branch without 团支部 or 支部, which say nothing."""
    return re.sub("团?支部$", "", branch)


def _find_stage(row: dict, before: str) -> str:
    """Return the stage that the cells tell; 群众 without 发展阶段 says nothing of somebody on the way."""
    told = STAGES.get(row.get("stage", "")) or STAGES.get(row.get("politics", ""), "")
    if not told or (told == "student" and before in ON_THE_WAY):
        return before
    return told


def _write_spell(life: Life, day: date, before: Was, now: Was) -> None:
    if not life.spells:
        life.spells = [(day, now)]
    elif now == before:
        first, was = life.spells[0]
        life.spells[0] = (min(first, day), was)
    else:
        life.spells = [spell for spell in life.spells if spell[0] < day] + [(day, now)]


def _read_record(row: dict, ledger: str) -> Record:
    clock = row["start"] if ledger == LEAGUE else row["day"][11:16]
    start = int(clock[:2]) * 60 + int(clock[3:]) if clock else None
    return Record(
        ledger,
        parse_day(row["day"]),
        start,
        parse_minutes(row["stated"]),
        re.sub(r"[^\w]", "", row["title"]),
        row["confirmed"] in ("已确认", "已生效"),
    )


def _build_key(row: dict, record: Record) -> tuple:
    """Return what makes a row of one ledger the same service: its number, else its start, else all it tells."""
    if row.get("record_no"):
        return (row["record_no"],)
    if record.start is not None:
        return record.day, record.start
    return record.day, record.title, record.minutes


def choose_one_of_each_service(records: list[Record], sources: list[str], *, longest: bool) -> list[Record]:
    """Return the records without those whose service is in the other ledger and counts there."""
    left, chosen = list(records), []
    while left:
        one = left.pop(0)
        partner = next((other for same in SAME for other in left if same(one, other)), None)
        if partner is None:
            chosen.append(one)
            continue
        left.remove(partner)
        pair = sorted((one, partner), key=lambda record: sources.index(record.ledger))
        chosen.append(max(pair, key=lambda record: record.minutes) if longest else pair[0])
    return chosen


def _is_same_by_start(one: Record, other: Record) -> bool:
    return (
        _could_be_same(one, other)
        and one.start is not None
        and one.start == other.start
        and one.title == other.title
    )


def _is_same_by_title(one: Record, other: Record) -> bool:
    untimed = one.start is None or other.start is None
    return _could_be_same(one, other) and untimed and (one.title, one.minutes) == (other.title, other.minutes)


def _is_same_by_duration(one: Record, other: Record) -> bool:
    """Of two ledgers, one day and one duration under two titles: once, until somebody decides."""
    untimed = one.start is None or other.start is None
    return _could_be_same(one, other) and untimed and one.minutes == other.minutes


def _could_be_same(one: Record, other: Record) -> bool:
    return one.ledger != other.ledger and one.day == other.day


SAME = (_is_same_by_start, _is_same_by_title, _is_same_by_duration)


def measure_flow(records: list[Record]) -> int:
    """Return the most minutes that these records can fill without using any minute twice."""
    edges: dict = defaultdict(dict)
    cuts = sorted({moment for record in records if record.start is not None for moment in record.span})
    for number, record in enumerate(records):
        edges["source"]["day", record.day] = 1440
        edges["day", record.day]["record", number] = record.minutes
        if record.start is None:
            edges["record", number]["sink"] = record.minutes
            continue
        begins, ends = record.span
        for start, stop in itertools.pairwise(cuts):
            if begins <= start and stop <= ends:
                edges["record", number]["stretch", start] = stop - start
                edges["stretch", start]["sink"] = stop - start
    total = 0
    while path := _find_path(edges):
        room = min(edges[a][b] for a, b in path)
        for a, b in path:
            edges[a][b] -= room
            edges[b][a] = edges[b].get(a, 0) + room
        total += room
    return total


def _find_path(edges: dict) -> list[tuple]:
    """Return the edges of a shortest way with room from the source to the sink; empty if there is none."""
    came: dict = {"source": None}
    queue = deque(["source"])
    while queue and "sink" not in came:
        node = queue.popleft()
        for following, room in edges[node].items():
            if room > 0 and following not in came:
                came[following] = node
                queue.append(following)
    path, node = [], "sink"
    while came.get(node) is not None:
        path.append((came[node], node))
        node = came[node]
    return path
