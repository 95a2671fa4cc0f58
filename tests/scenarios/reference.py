"""The result that the notice demands for a school's files, computed simply, slowly and without the portal.

Its only sources are the notice and requirements §3 and §4. It computes everything from the cells of the files, one
person and one row at a time, with integers and fractions.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from tests.scenarios.generator import File, Scenario

YEAR = 2018
MEMBERS = {"共青团员", "团员", "中共党员", "中共预备党员"}
PRESENT = {"", "正常", "在读"}
CONFIRMED = {"已确认", "已生效"}


@dataclass
class Known:
    """A person's data after all files are read in their order."""

    name: str
    college: str = ""
    branch: str = ""
    politics: str = ""
    phone: str = ""
    state: str = ""
    registered: bool = False
    volunteer_no: str = ""
    services: dict = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        return self.politics in MEMBERS and self.state in PRESENT


def compute_answer(scenario: Scenario) -> tuple[dict, dict]:
    """Return the expected (`eligibility --json`, `registration_rates --json`), with rows in any order."""
    people: dict[str, Known] = {}
    branches: set[tuple[str, str]] = set()
    for file in scenario.files:
        if file.kind == "organisation":
            branches |= set(file.rows)
        elif file.kind == "roster":
            _read_roster(file, people)
    branches |= {(person.college, person.branch) for person in people.values()}
    branches |= {row for file in scenario.files if file.kind == "roster" for row in _find_mentioned(file)}
    for kind, read in (("volunteers", _read_volunteers), ("hours", _read_hours)):
        for file in scenario.files:
            if file.kind == kind:
                read(file, people)
    return _compute_eligibility(scenario, people, branches), _compute_rates(scenario, people, branches)


def _read_rows(file: File) -> list[dict]:
    return [dict(zip(file.columns, row, strict=True)) for row in file.rows]


def _find_mentioned(file: File) -> set[tuple[str, str]]:
    """Return the branches of all valid rows; a branch exists even if a later file moves its people away."""
    return {
        (row["college"], row["branch"])
        for row in _read_rows(file)
        if parse_number(row["student_no"]) and parse_name(row["name"]) and row["branch"]
    }


def _read_roster(file: File, people: dict[str, Known]) -> None:
    seen = set()
    for row in _read_rows(file):
        number, name = parse_number(row["student_no"]), parse_name(row["name"])
        if not number or not name or not row["branch"] or number in seen:
            continue
        seen.add(number)
        person = people.setdefault(number, Known(name))
        person.college, person.branch, person.politics = row["college"], row["branch"], row["politics"]
        person.phone = re.sub(r"\D", "", str(row["phone"])) or person.phone
        person.state = row["state"] or person.state


def _read_volunteers(file: File, people: dict[str, Known]) -> None:
    """Register people by student number, or, in a row without one, by name and phone if exactly one person has both."""
    for row in _read_rows(file):
        number = parse_number(row.get("student_no", ""))
        if number:
            found = (
                [people[number]]
                if number in people and people[number].name == parse_name(row["name"])
                else []
            )
        else:
            found = [
                person
                for person in people.values()
                if person.name == parse_name(row["name"]) and _is_same_phone(str(row["phone"]), person.phone)
            ]
        if len(found) == 1:
            found[0].registered, found[0].volunteer_no = True, parse_number(row["volunteer_no"])


def _read_hours(file: File, people: dict[str, Known]) -> None:
    """Add the services; a person's rows with equal day, start and title are one service, also in two ledgers."""
    by_volunteer = {person.volunteer_no: person for person in people.values() if person.volunteer_no}
    for row in _read_rows(file):
        if "student_no" in row:
            ledger, person, start = "league", people.get(parse_number(row["student_no"])), row["start"]
        else:
            ledger, person = "volunteer_beijing", by_volunteer.get(parse_number(row["volunteer_no"]))
            start = row["day"][11:16]
        if person is None or person.name != parse_name(row["name"]):
            continue
        service = person.services.setdefault(
            _find_service(person, parse_day(row["day"]), row["title"], start), {}
        )
        service[ledger] = (parse_minutes(row["stated"]), row["state"] in CONFIRMED)


def _find_service(person: Known, day: date, title: str, start: str) -> tuple[date, str, str]:
    """Return the key of the row's service; a row without a time matches the service of the same day and title."""
    alike = [key for key in person.services if key[:2] == (day, title) and not start]
    return alike[0] if alike else (day, title, start)


def _sum_minutes(person: Known, scenario: Scenario) -> int:
    total = 0
    for (day, _, _), ledgers in person.services.items():
        counted = [
            minutes
            for ledger, (minutes, confirmed) in ledgers.items()
            if confirmed and ledger in scenario.sources
        ]
        if counted and day.year == YEAR:
            assert len(set(counted)) == 1, "the generator writes one duration into both ledgers"
            total += counted[0]
    return total


def _compute_eligibility(
    scenario: Scenario, people: dict[str, Known], branches: set[tuple[str, str]]
) -> dict:
    members = []
    for number, person in people.items():
        if not person.counts:
            continue
        minutes = _sum_minutes(person, scenario)
        reasons = [] if person.registered else [(True, False)]
        if minutes < scenario.required:
            reasons.append((scenario.required, minutes))
        members.append(
            {
                "student_no": number,
                "registered": person.registered,
                "minutes": minutes,
                "excellent": not reasons,
                "honour_bar": bool(reasons),
                "honours": compute_honours(bool(reasons)),
                "reasons": [
                    {"clause": "二(二)、四.3", "required": required, "measured": measured}
                    for required, measured in reasons
                ],
            }
        )
    return {"members": members, "branches": [_compute_branch(scenario, people, *place) for place in branches]}


def _compute_branch(scenario: Scenario, people: dict[str, Known], college: str, branch: str) -> dict:
    own = [p for p in people.values() if p.counts and (p.college, p.branch) == (college, branch)]
    members, registered = len(own), sum(person.registered for person in own)
    below = bool(members) and Fraction(registered, members) < Fraction(scenario.floor, 100)
    rate = compute_percent(registered, members)
    reasons = [{"clause": "四.3", "required": scenario.floor, "measured": rate}] if below else []
    return {
        "college": college,
        "branch": branch,
        "members": members,
        "registered": registered,
        "rate": rate,
        "below_floor": below,
        "honour_bar": below if members else None,
        "honours": compute_honours(below if members else None),
        "reasons": reasons,
    }


def compute_honours(barred: bool | None) -> dict[str, bool | None]:
    """Return {level: may be honoured}: 四.3 bars from 校级 up; None where nothing is decided, as without members."""
    if barred is None:
        return dict.fromkeys(("college", "school", "city", "nation"))
    return {"college": True} | dict.fromkeys(("school", "city", "nation"), not barred)


def _compute_rates(scenario: Scenario, people: dict[str, Known], branches: set[tuple[str, str]]) -> dict:
    colleges = []
    for college in {college for college, _ in branches}:
        own = [p for p in people.values() if p.counts and p.college == college]
        registered = sum(person.registered for person in own)
        colleges.append(
            {
                "college": college,
                "members": len(own),
                "registered": registered,
                "reported": 0,
                "rate": compute_percent(registered, len(own)),
            }
        )
    rows = [_compute_branch(scenario, people, *place) for place in branches]
    wanted = ("college", "branch", "members", "registered", "rate", "below_floor")
    return {
        "colleges": colleges,
        "branches": [{key: row[key] for key in wanted} | {"reported": 0} for row in rows],
    }


def compute_percent(registered: int, members: int) -> float | None:
    """Return the percentage rounded down to two decimals; None without members."""
    return (10000 * registered // members) / 100 if members else None


def parse_number(cell: object) -> str:
    if isinstance(cell, float):
        cell = int(cell)
    return unicodedata.normalize("NFKC", str(cell)).strip().lstrip("'").strip().removesuffix(".0")


def parse_name(cell: object) -> str:
    """Return the name without white space and with one kind of dot."""
    return re.sub(r"\s", "", re.sub("[·•・．‧]", "·", str(cell)))


def _is_same_phone(given: str, known: str) -> bool:
    if not given or not known:
        return False
    return given == known or ("****" in given and (given[:3], given[-4:]) == (known[:3], known[-4:]))


def parse_day(cell: object) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    digits = [int(part) for part in re.findall(r"\d+", str(cell))]
    if digits[0] > 9999:  # 20181001
        return date(digits[0] // 10000, digits[0] // 100 % 100, digits[0] % 100)
    return date(*digits[:3])


def parse_minutes(cell: object) -> int:
    """Return whole minutes; 150 for "2小时30分钟", "150分钟", "2.5h", "2.5" and 2.5."""
    text = unicodedata.normalize("NFKC", str(cell))
    if whole := re.fullmatch(r"(?:(\d+)小时)?(\d+)分钟?", text):
        return int(whole[1] or 0) * 60 + int(whole[2])
    return round(Fraction(re.fullmatch(r"([\d.]+)(h|小时)?", text)[1]) * 60)
