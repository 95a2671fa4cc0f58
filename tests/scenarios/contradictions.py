"""Random schools whose files contradict each other and come over years: the second kind of school.

Every file has a day of its own (数据日期). Rosters move people, suspend them, bring them back and let them join the
League; some have few columns. Lists of volunteers tell dates late or never. Ledgers are those of `scenes`.

This module imports nothing of the portal.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.scenarios.generator import BEIJING, FORMS, LEAGUE, File
from tests.scenarios.scenes import Manner, Row, Scene, draw_scenes
from tests.scenarios.spelling import spell_day, spell_hours, spell_name, spell_number

HEADERS = {
    "student_no": "学号",
    "name": "姓名",
    "college": "学院",
    "branch": "团支部",
    "politics": "政治面貌",
    "stage": "发展阶段",
    "phone": "手机号码",
    "state": "学籍状态",
    "volunteer_no": "志愿者编号",
    "registered_on": "注册时间",
    "record_no": "记录编号",
    "title": "项目名称",
    "day": "服务日期",
    "start": "开始时间",
    "end": "结束时间",
    "stated": "服务时长",
    "confirmed": "状态",
}
AWAY = ["休学", "毕业", "转出", "参军", "交流"]
SUFFIXES = ["", "支部", "团支部"]
NAMES = ["张伟", "李敏", "王晓雨", "赵丽娜", "钱子涵", "孙建国", "迪丽努尔·艾合买提"]
FIRST_DAY = date(2018, 9, 10)


@dataclass
class Human:
    """A person as the rosters of a day should describe them."""

    number: str
    name: str
    college: str
    branch: str
    stage: str
    state: str = "在读"
    volunteer_no: str = ""
    registered_on: date | None = None
    tells: bool = True  # whether the first list of volunteers tells the date
    told: tuple[str, str] = ("", "")  # stage and state in the last roster


@dataclass(frozen=True)
class Contradiction:
    """A school: its files in the order of their import, the past days to ask for, and the rules of its years."""

    seed: int
    files: tuple[File, ...]
    days: tuple[date, ...]
    rules: dict = field(default_factory=dict)


def make_contradiction(seed: int) -> Contradiction:
    """Return the school of this seed; the same seed always gives the same school."""
    chance = random.Random(f"contradiction {seed}")
    people = _draw_people(chance)
    newcomers = [person for person in people if chance.random() < 0.1][: len(people) - 1]
    here = [person for person in people if person not in newcomers]
    manner = Manner(*(chance.random() < 0.5 for _ in range(3)))
    scenes = {person.number: draw_scenes(chance, manner) for person in people}
    first = _build_roster(chance, here, FIRST_DAY, "花名册")
    volunteers = _build_volunteers(chance, people)
    promote = chance.random() < 0.5  # only the registered may join the League, so the list comes first
    rosters = _draw_rosters(chance, people, newcomers, promote=promote)
    league = _build_league(chance, people, scenes, manner)
    beijing = _build_beijing(chance, people, scenes, manner)
    chains = [volunteers + rosters + league, beijing] if promote else [rosters + league, volunteers, beijing]
    return Contradiction(
        seed,
        (first, *_interleave(chance, chains)),
        _draw_days(chance),
        {
            "appraisal_sources": chance.choice(
                [[LEAGUE], [LEAGUE, BEIJING], [LEAGUE, BEIJING], [BEIJING, LEAGUE], [BEIJING]]
            ),
            "longest_counts": chance.random() < 0.25,
            "required_minutes": chance.choice([1200, 600, 300]),
            "floor_percent": chance.choice([95, 95, 90, 50]),
        },
    )


def _draw_days(chance: random.Random) -> tuple[date, ...]:
    """Return three past days: two of 2018 and one of 2026."""
    autumn = chance.sample(range(110), 2)
    return (
        FIRST_DAY + timedelta(days=min(autumn)),
        FIRST_DAY + timedelta(days=max(autumn)),
        date(2026, 1, 2) + timedelta(days=chance.randrange(270)),
    )


def _draw_people(chance: random.Random) -> list[Human]:
    people: list[Human] = []
    for college in chance.sample(["法学院", "理学院", "外国语学院"], chance.randint(1, 2)):
        for number in range(chance.randint(1, 3)):
            for _ in range(chance.choice([1, 2, 4, 7, 19, 20, 21])):
                serial = len(people) + 1
                registered = chance.random() < 0.85
                people.append(
                    Human(
                        number=f"201807{serial:04}",
                        name=chance.choice(NAMES),
                        college=college,
                        branch=f"2018级{number + 1}班",
                        stage=chance.choices(
                            ["团员", "党员", "入团积极分子", "入团申请人", "群众"], [80, 5, 8, 4, 3]
                        )[0],
                        volunteer_no=f"1100{serial * 7919 % 10**8:08}" if registered else "",
                        registered_on=_draw_date(chance) if registered and chance.random() < 0.85 else None,
                        tells=chance.random() < 0.8,
                    )
                )
    return people


def _draw_date(chance: random.Random) -> date:
    """Return a date of registration, often near a day that decides something."""
    edges = [date(2018, 12, 31), date(2019, 1, 1), date(2018, 10, 10), date(2026, 1, 1)]
    return chance.choice(
        [*edges, *(date(2018, 3, 1) + timedelta(days=chance.randrange(400)) for _ in edges * 3)]
    )


def _draw_rosters(
    chance: random.Random, people: list[Human], newcomers: list[Human], *, promote: bool
) -> list[File]:
    """Return later rosters, each of a later day: changed people, unchanged people, and in the first the newcomers.

    Sometimes one of an earlier day comes late. It lists people who have never changed, so it says nothing new.
    """
    day, files, known = FIRST_DAY, [], [person for person in people if person not in newcomers]
    moved: set[str] = set()
    for number in range(chance.randint(1, 4)):
        day += timedelta(days=chance.choice([7, 20, 45, 96, 300, 900]))
        if number == 0:
            known = people
        changed = chance.sample(known, min(len(known), chance.choice([1, 3, 8])))
        what = chance.choice(["branch", "state", "stage", "all"])
        moved |= {person.number for person in changed}
        for person in changed:
            _change(chance, person, people, what, promote=promote)
        listed = chance.sample(known, len(known)) if chance.random() < 0.3 else changed
        listed = [*listed, *(newcomers if number == 0 else [])]
        listed = list({person.number: person for person in listed}.values())
        files.append(_build_roster(chance, listed, day, f"花名册-{number + 1}", what if number else "all"))
        still = [person for person in known if person.number not in moved]
        if still and chance.random() < 0.3:
            earlier = FIRST_DAY + timedelta(days=chance.randrange(-5, 7))
            files.append(_build_roster(chance, still[:9], earlier, f"花名册-{number + 1}-晚到"))
    return files


def _change(chance: random.Random, person: Human, people: list[Human], what: str, *, promote: bool) -> None:
    """Change the person's branch, state or stage."""
    what = chance.choice(["branch", "state", "stage"]) if what == "all" else what
    if what == "branch":
        other = chance.choice(people)
        person.college, person.branch = other.college, other.branch
    elif what == "state":
        person.state = chance.choice(AWAY) if person.state == "在读" else "在读"
    elif person.stage in ("入团申请人", "群众"):
        person.stage = "入团积极分子"
    elif person.stage == "入团积极分子" and promote and person.volunteer_no:
        person.stage = "团员"


def _build_roster(
    chance: random.Random, people: list[Human], day: date, label: str, what: str = "all"
) -> File:
    """Return a roster; where it only tells one change, it may have the columns for it alone."""
    columns = ["student_no", "name", "college", "branch", "politics", "stage", "phone", "state"]
    if what != "all" and chance.random() < 0.6:
        columns = {
            "branch": ["student_no", "name", "college", "branch"],
            "state": ["student_no", "name", "state"],
            "stage": ["student_no", "name", "politics", "stage"],
        }[what]
    chance.shuffle(columns)
    cells = [_build_roster_cells(chance, person) for person in chance.sample(people, len(people))]
    return _build_file(chance, "roster", label, columns, cells, day)


def _build_roster_cells(chance: random.Random, person: Human) -> dict:
    """Return the cells of a person; what an earlier roster has told already may be left empty."""
    stage_told, state_told = person.told[0] == person.stage, person.told[1] == person.state
    person.told = (person.stage, person.state)
    on_the_way = person.stage.startswith("入团")
    politics = {"团员": "共青团员", "党员": "中共党员"}.get(person.stage, "群众")
    return {
        "student_no": spell_number(chance, person.number),
        "name": spell_name(chance, person.name),
        "college": person.college + chance.choice(["", "", "", "团委"]),
        "branch": person.branch + chance.choice(SUFFIXES),
        "politics": person.stage if on_the_way and chance.random() < 0.3 else politics,
        "stage": person.stage if on_the_way and not (stage_told and chance.random() < 0.5) else "",
        "phone": "",
        "state": "" if state_told and chance.random() < 0.4 else person.state,
    }


def _build_volunteers(chance: random.Random, people: list[Human]) -> list[File]:
    """Return a list of volunteers, and sometimes a later one that tells more people and more dates."""
    columns = ["volunteer_no", "name", "student_no", "registered_on"]
    listed = [person for person in people if person.volunteer_no]
    twice = chance.random() < 0.6
    first = [person for person in listed if not twice or chance.random() < 0.8]
    files, day = [], FIRST_DAY + timedelta(days=chance.choice([10, 30, 60, 200]))
    for number, chosen in enumerate([first, listed] if twice else [first]):
        cells = [
            {
                "volunteer_no": person.volunteer_no,
                "name": spell_name(chance, person.name),
                "student_no": spell_number(chance, person.number),
                "registered_on": _spell_date(chance, person, told=person.tells or number == 1),
            }
            for person in chance.sample(chosen, len(chosen))
        ]
        if cells:
            files.append(_build_file(chance, "volunteers", f"志愿者-{number}", columns, cells, day))
        day += timedelta(days=chance.choice([30, 60, 500]))
    return files


def _spell_date(chance: random.Random, person: Human, *, told: bool) -> object:
    if person.registered_on is None or not told:
        return ""
    return spell_day(chance, person.registered_on, 600)


def _build_league(
    chance: random.Random, people: list[Human], scenes: dict[str, list[Scene]], manner: Manner
) -> list[File]:
    """Return the ledger of 北京共青团, and sometimes its later copy with all that has changed outside."""
    columns = ["student_no", "name", "title", "day", "start", "end", "stated", "confirmed"]
    if manner.numbered:
        columns.insert(0, "record_no")
    files, number = [], 0
    cells: list[list[dict]] = [[], []]
    for person in people:
        for scene in scenes[person.number]:
            for rows in scene.league:
                number += 1
                for copy, row in zip(cells, rows, strict=True):
                    if row is not None:
                        copy.append(
                            _build_league_cells(chance, person, row) | {"record_no": f"GQT{number:06}"}
                        )
    for place, copy in enumerate(cells if manner.twice else cells[:1]):
        if copy:
            copy = chance.sample(copy, len(copy))
            files.append(
                _build_file(chance, "hours", f"共青团-{place}", columns, copy, date(2026, 10, 1 + place))
            )
    return files


def _build_league_cells(chance: random.Random, person: Human, row: Row) -> dict:
    timed = row.start is not None
    return {
        "student_no": spell_number(chance, person.number),
        "name": spell_name(chance, person.name),
        "title": row.title,
        "day": spell_day(chance, row.day, row.start) if timed else f"{row.day:%Y-%m-%d}",
        "start": _spell_time(row.start) if timed else "",
        "end": _spell_time(row.start + row.minutes) if timed else "",
        "stated": spell_hours(chance, row.minutes),
        "confirmed": row.state,
    }


def _build_beijing(
    chance: random.Random, people: list[Human], scenes: dict[str, list[Scene]], manner: Manner
) -> list[File]:
    columns = ["volunteer_no", "name", "title", "day", "stated", "confirmed"]
    cells = [
        {
            "volunteer_no": person.volunteer_no,
            "name": spell_name(chance, person.name),
            "title": row.title,
            "day": f"{row.day:%Y-%m-%d} {_spell_time(row.start)}:00"
            if row.start is not None
            else f"{row.day:%Y/%m/%d}",
            "stated": spell_hours(chance, row.minutes),
            "confirmed": "已生效",
        }
        for person in people
        if person.volunteer_no
        for scene in scenes[person.number]
        for row in scene.beijing
    ]
    if not cells:
        return []
    cells = chance.sample(cells, len(cells))
    return [_build_file(chance, "hours", "志愿北京", columns, cells, date(2026, 10, 5))]


def _spell_time(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _build_file(
    chance: random.Random, kind: str, label: str, columns: list[str], cells: list[dict], day: date
) -> File:
    return File(
        kind,
        label,
        chance.choice(FORMS),
        tuple(columns),
        tuple(HEADERS[column] for column in columns),
        tuple(tuple(cell[column] for column in columns) for cell in cells),
        options=("--as-of", day.isoformat()),
    )


def _interleave(chance: random.Random, chains: list[list[File]]) -> list[File]:
    """Return the files of all chains: each chain in its order, the chains in any."""
    left = [list(chain) for chain in chains]
    order = []
    while left := [chain for chain in left if chain]:
        order.append(chance.choice(left).pop(0))
    return order
