"""Random schools as files that a college, 北京共青团 and 志愿北京 could hand over in the same autumn.

This module imports nothing of the portal. A `File` has the meaning of each column, so that `reference` can read the
cells without the portal's knowledge of headers.
"""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.scenarios.spelling import (
    HEADERS,
    spell_day,
    spell_hours,
    spell_name,
    spell_number,
    spell_phone,
)

LEAGUE, BEIJING = "league", "volunteer_beijing"
SURNAMES, GIVEN = "张王李赵欧阳迪钱孙周", ["伟", "敏", "晓雨", "𬍛", "丽娜", "子涵", "建国", "一"]
TITLES = ["助残服务", "社区图书整理", "垃圾分类宣传", "地铁站文明引导", "敬老院陪伴"]
POLITICS = {
    "member": ["共青团员", "团员"],
    "party": ["中共党员", "中共预备党员"],
    "activist": ["入团积极分子"],
    "applicant": ["入团申请人"],
    "candidate": ["发展对象"],
    "student": ["群众"],
}
AWAY = ["休学", "毕业", "转出", "参军"]
SIZES = [1, 1, 2, 3, 4, 7, 18, 19, 20, 21, 22]
FORMS = ["xlsx", "xlsx", "xls", "utf-8", "utf-8-sig", "gb18030"]


@dataclass
class Person:
    """A person's true data, before they are written into a file."""

    number: str
    name: str
    phone: str
    college: str
    branch: str
    kind: str
    state: str = ""
    volunteer_no: str = ""


@dataclass(frozen=True)
class Service:
    person: Person
    day: date
    start: int  # minute of the day
    minutes: int
    title: str


@dataclass(frozen=True)
class File:
    kind: str
    label: str
    form: str
    columns: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple, ...]
    title: str = ""
    total: tuple = ()
    merged: tuple[str, ...] = ()  # columns in which consecutive equal cells are merged
    options: tuple[str, ...] = ()  # of the command that imports it


@dataclass
class Scenario:
    seed: int
    files: list[File]
    sources: list[str] = field(default_factory=lambda: [LEAGUE])
    required: int = 1200
    floor: int = 95


def make_scenario(seed: int) -> Scenario:
    """Return the school of this seed; the same seed always gives the same school."""
    chance = random.Random(seed)
    people = _draw_people(chance)
    timed = chance.random() < 0.8  # whether 志愿北京 has the time of day
    services = [service for person in people for service in _draw_services(chance, person, twice_a_day=timed)]
    numbered = chance.random() < 0.6
    files = [_build_organisation(people)] if chance.random() < 0.5 else []
    files.append(_build_roster(chance, people, "花名册"))
    moved = [person for person in people if chance.random() < 0.1]
    if moved and chance.random() < 0.5:
        files.append(
            _build_roster(chance, [_change_person(chance, person, people) for person in moved], "花名册-补充")
        )
    if any(person.volunteer_no for person in people):
        files.append(_build_volunteers(chance, people))
    league = [service for service in services if chance.random() < 0.85]
    if league:
        files += _build_league(chance, league, numbered)
    beijing = [service for service in services if service not in league or chance.random() < 0.4]
    beijing = [service for service in beijing if service.person.volunteer_no]
    if beijing:
        files.append(_build_beijing(chance, beijing, timed))
    return Scenario(
        seed,
        files,
        sources=chance.choice([[LEAGUE], [LEAGUE], [LEAGUE, BEIJING], [BEIJING]]),
        required=chance.choice([1200, 1200, 1200, 600, 1]),
        floor=chance.choice([95, 95, 95, 90, 100]),
    )


def _draw_people(chance: random.Random) -> list[Person]:
    people: list[Person] = []
    zeros, letters = chance.random() < 0.15, chance.random() < 0.1
    for college in chance.sample(["法学院", "理学院", "外国语学院", "马克思主义学院"], chance.randint(1, 3)):
        for number in range(chance.randint(1, 3)):
            branch = chance.choice(["", college[:1]]) + f"2018级{number + 1}班团支部"
            full = chance.random() < 0.3
            for _ in range(chance.choice(SIZES)):
                serial = len(people) + 1
                person = Person(
                    number=f"{'00' if zeros else 'S' if letters else '20'}18{serial:06}",
                    name=_draw_name(chance),
                    phone=_draw_phone(chance),
                    college=college,
                    branch=branch,
                    kind=_draw_kind(chance, full),
                    state=chance.choice(AWAY) if chance.random() < 0.05 else "",
                )
                if people and people[-1].phone and chance.random() < 0.04:
                    _make_twin(chance, person, people[-1])
                people.append(person)
    for person in _draw_registered(chance, people):
        person.volunteer_no = f"1100{int(person.number[-6:]) * 7919 % 10**8:08}"
    return people


def _make_twin(chance: random.Random, person: Person, other: Person) -> None:
    """Give a person a phone that differs from another's in the masked middle only, and sometimes the same name.

    A list with masked phones cannot distinguish the two people.
    """
    person.phone = other.phone[:3] + f"{chance.randrange(10**4):04}" + other.phone[7:]
    person.name = chance.choice([person.name, other.name])


def _draw_registered(chance: random.Random, people: list[Person]) -> list[Person]:
    """Return about as many people of each branch as the 95 % need: one more, just enough or one too few."""
    by_branch: dict[tuple[str, str], list[Person]] = {}
    for person in people:
        by_branch.setdefault((person.college, person.branch), []).append(person)
    registered = []
    for branch in by_branch.values():
        missing = len(branch) // 20 + chance.choice([0, 0, 0, 1, -1])
        registered += (
            chance.sample(branch, min(len(branch), len(branch) - missing)) if missing > 0 else branch
        )
    return registered


def _draw_kind(chance: random.Random, full: bool) -> str:
    if full:
        return "member"
    return chance.choices(list(POLITICS), [80, 6, 5, 2, 2, 5])[0]


def _draw_name(chance: random.Random) -> str:
    if chance.random() < 0.03:
        return "阿卜杜热合曼·" + "麦麦提" * 11  # forty characters
    if chance.random() < 0.08:
        return chance.choice(["迪丽努尔·艾合买提", "阿依古丽·买买提", "努尔兰·哈力克"])
    return chance.choice(SURNAMES) + chance.choice(GIVEN)


def _draw_phone(chance: random.Random) -> str:
    if chance.random() < 0.08:
        return ""
    return f"1{chance.choice([38, 50, 86])}{chance.randrange(10**8):08}"


def _draw_services(chance: random.Random, person: Person, *, twice_a_day: bool) -> list[Service]:
    """Return a person's services: a year near or far from the required hours, some just outside the year.

    No two services are at the same time.
    """
    left = chance.choice([1200, 1199, 1201, 600, 599, 0, chance.randrange(1800)])
    days = chance.sample([date(2018, 1, 3) + timedelta(days=2 * n) for n in range(180)], 60)
    services = []
    while left > 0:
        minutes = min(left, chance.choice([60, 90, 120, 150, 186, 240, 333, 480, 600]))
        services.append(_draw_service(chance, person, days.pop(), minutes))
        left -= minutes
        if twice_a_day and chance.random() < 0.1 and left > 30:
            day = days.pop()
            services.append(Service(person, day, 480, 15, TITLES[0]))
            services.append(Service(person, day, 500, 15, TITLES[0]))
            left -= 30
    edges = chance.choice(
        [[], [], [date(2017, 12, 31), date(2018, 12, 31)], [date(2018, 1, 1), date(2019, 1, 1)]]
    )
    return services + [_draw_service(chance, person, day, chance.choice([60, 300])) for day in edges]


def _draw_service(chance: random.Random, person: Person, day: date, minutes: int) -> Service:
    """Return a service that may also cross midnight or start in the first minute of the day."""
    start = chance.choice([0, 540, 600, 840, 1380, 1439])
    return Service(person, day, start, minutes, chance.choice(TITLES))


def _change_person(chance: random.Random, person: Person, people: list[Person]) -> Person:
    """Return the person's data in a later roster: in another branch, away, back, or in the Party."""
    elsewhere = chance.choice(people)
    changed = Person(**vars(person))
    what = chance.choice(["branch", "state", "party"])
    if what == "branch":
        changed.college, changed.branch = elsewhere.college, elsewhere.branch
    elif what == "state":
        changed.state = "正常" if person.state else chance.choice(AWAY)
    elif person.kind == "member":
        changed.kind = "party"
    return changed


def _build_organisation(people: list[Person]) -> File:
    """Return the outside list of organisations, with one branch without people."""
    branches = sorted({(person.college, person.branch) for person in people})
    branches.append((branches[0][0], "无人团支部"))
    return File("organisation", "组织", "xlsx", ("college", "branch"), ("学院", "团支部"), tuple(branches))


def _build_roster(chance: random.Random, people: list[Person], label: str) -> File:
    columns = ["student_no", "name", "college", "branch", "politics", "phone", "state"]
    merged = ("college", "branch") if chance.random() < 0.3 else ()
    if not merged:
        people = chance.sample(people, len(people))
        chance.shuffle(columns)
    form = "xlsx" if merged else chance.choice(FORMS)
    cells = [_build_roster_cells(chance, person) for person in people]
    for twice in chance.sample(cells, min(len(cells), chance.choice([0, 0, 1, 2]))):
        cells.insert(cells.index(twice) + 1, twice)
    for empty in chance.sample(["student_no", "name", "branch"], chance.choice([0, 0, 1])):
        if not merged:
            cells.append(cells[-1] | {"student_no": "2018999999", "name": "缺某项", empty: ""})
    rows = tuple(tuple(cell[column] for column in columns) for cell in cells)
    total = ("合计", *[""] * (len(columns) - 2), len(people)) if not merged and chance.random() < 0.5 else ()
    return File(
        "roster",
        label,
        form,
        tuple(columns),
        _draw_header(chance, "roster", columns),
        rows,
        "团员花名册",
        total,
        merged,
    )


def _build_roster_cells(chance: random.Random, person: Person) -> dict:
    return {
        "student_no": spell_number(chance, person.number),
        "name": spell_name(chance, person.name),
        "college": person.college,
        "branch": person.branch,
        "politics": chance.choice(POLITICS[person.kind]),
        "phone": spell_phone(chance, person.phone),
        "state": person.state or chance.choice(["", "正常", "在读"]),
    }


def _build_volunteers(chance: random.Random, people: list[Person]) -> File:
    columns = ["volunteer_no", "name", "phone", "registered_on"]
    by_number = chance.random() < 0.3
    if by_number:
        columns.append("student_no")
    chance.shuffle(columns)
    cells = [_build_volunteer_cells(chance, person) for person in people if person.volunteer_no]
    for stranger in range(chance.choice([0, 1, 3])):
        alike = chance.choice(people)  # the same name alone proves nothing
        phone = chance.choice(["", f"1990000{stranger:04}", "199****0000"])
        cells.append(
            {
                "volunteer_no": f"99{stranger:010}",
                "name": alike.name,
                "phone": phone,
                "registered_on": "2018-10-01",
                "student_no": "",
            }
        )
    chance.shuffle(cells)
    rows = tuple(tuple(cell[column] for column in columns) for cell in cells)
    header = _draw_header(chance, "volunteers", columns)
    return File("volunteers", "志愿者", chance.choice(FORMS), tuple(columns), header, rows)


def _build_volunteer_cells(chance: random.Random, person: Person) -> dict:
    phone = person.phone
    if phone and chance.random() < 0.7:
        phone = f"{phone[:3]}****{phone[7:]}"
    return {
        "volunteer_no": chance.choice([person.volunteer_no, int(person.volunteer_no)]),
        "name": spell_name(chance, person.name),
        "phone": phone,
        "registered_on": spell_day(chance, date(2016, 9, 1) + timedelta(days=chance.randrange(780)), 600),
        "student_no": chance.choice([spell_number(chance, person.number)] * 15 + [""] * 2 + ["2017000001"]),
    }


def _build_league(chance: random.Random, services: list[Service], numbered: bool) -> list[File]:
    """Return the ledger of 北京共青团, sometimes with a later partial copy in which pending rows are confirmed."""
    columns = ["student_no", "name", "title", "day", "start", "end", "stated", "state"]
    if numbered:
        columns.insert(0, "record_no")
    cells = [
        _build_service_cells(chance, service)
        | {"record_no": f"GQT{place:07}", "state": _draw_state(chance, "已确认", ["待确认", "已驳回"])}
        for place, service in enumerate(services)
    ]
    files = [_build_hours(chance, "共青团时长", columns, cells, "社区服务时长明细（2018年）")]
    later = [cell | {"state": "已确认"} for cell in cells if cell["state"] == "待确认"]
    if later and numbered and chance.random() < 0.5:
        again = chance.sample(cells, min(len(cells), 5))
        confirmed = {cell["record_no"] for cell in later}
        later += [cell for cell in again if cell["record_no"] not in confirmed]
        files.append(_build_hours(chance, "共青团时长-更新", columns, later, ""))
    return files


def _build_beijing(chance: random.Random, services: list[Service], timed: bool) -> File:
    columns = ["volunteer_no", "name", "title", "day", "stated", "state"]
    cells = [
        _build_service_cells(chance, service) | {"state": _draw_state(chance, "已生效", ["待审核"])}
        for service in services
    ]
    for cell, service in zip(cells, services, strict=True):
        moment = datetime.combine(service.day, datetime.min.time()) + timedelta(minutes=service.start)
        cell["day"] = f"{moment:%Y-%m-%d %H:%M:%S}" if timed else f"{moment:%Y/%m/%d}"
    return _build_hours(chance, "志愿北京时长", columns, cells, "")


def _build_hours(
    chance: random.Random, label: str, columns: list[str], cells: list[dict], title: str
) -> File:
    cells = chance.sample(cells, len(cells))
    cells += chance.sample(cells, min(len(cells), chance.choice([0, 0, 1, 3])))  # duplicate rows
    rows = tuple(tuple(cell[column] for column in columns) for cell in cells)
    header = _draw_header(chance, "hours", columns)
    total = ("合计", *[""] * (len(columns) - 1)) if chance.random() < 0.3 else ()
    return File("hours", label, chance.choice(FORMS), tuple(columns), header, rows, title, total)


def _build_service_cells(chance: random.Random, service: Service) -> dict:
    end = (service.start + service.minutes) % 1440
    return {
        "student_no": spell_number(chance, service.person.number),
        "volunteer_no": service.person.volunteer_no,
        "name": spell_name(chance, service.person.name),
        "title": service.title,
        "day": spell_day(chance, service.day, service.start),
        "start": f"{service.start // 60:02}:{service.start % 60:02}",
        "end": f"{end // 60:02}:{end % 60:02}",
        "stated": spell_hours(chance, service.minutes),
    }


def _draw_state(chance: random.Random, confirmed: str, others: list[str]) -> str:
    return confirmed if chance.random() < 0.9 else chance.choice(others)


def _draw_header(chance: random.Random, kind: str, columns: list[str]) -> tuple[str, ...]:
    return tuple(chance.choice(HEADERS[kind][column]) for column in columns)
