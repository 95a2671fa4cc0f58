"""When each invented person registers as a volunteer, and when the portal learns of it.

The waves follow a real drive: some were volunteers long before; many follow the first call, few the holiday,
many again the deadline; then a tail that every bulletin shortens. Days are counted from the first day of the
drive.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from members.models import Member

DEADLINE = 14  # days from the first day of the drive to the last
# Share of a branch's people who register in the end: how often such a branch occurs (percent).
THOROUGHNESS = {1.0: 46, 0.97: 28, 0.93: 16, 0.85: 10}


@dataclass
class Registration:
    """One person's registration; `known_on`: the college imports the list or confirms.

    None: never within the demo.
    """

    account_on: date
    profile_on: date
    registered_on: date | None = None
    known_on: date | None = None
    volunteer_no: str = ""
    source: str = Member.Source.NONE
    evidence: str = ""
    tells: bool = False  # enters number and date in the portal before the college confirms them

    def changes_between(self, last: date, day: date) -> bool:
        """Return whether `fields_on(day)` may differ from those of `last`, an earlier day."""
        dates = (self.account_on, self.profile_on, self.registered_on, self.known_on)
        return any(one is not None and last < one <= day for one in dates)

    def fields_on(self, day: date) -> dict:
        """Return the registration fields of Member at the end of that day."""
        fields = {
            "league_account_on": self.account_on if self.account_on <= day else None,
            "profile_completed_on": self.profile_on if self.profile_on <= day else None,
            "reported_on": None, "reported_no": "", "registered_on": None, "counts_from": None,
            "volunteer_no": "",
            "registration_source": Member.Source.NONE, "registration_evidence": "",
        }  # fmt: skip
        if self.registered_on is None or self.registered_on > day:
            return fields
        if self.tells:
            fields |= {"reported_on": self.registered_on, "reported_no": self.volunteer_no}
        if self.known_on <= day:
            fields |= {
                "registered_on": self.registered_on,
                "counts_from": self.registered_on,
                "volunteer_no": self.volunteer_no,
                "registration_source": self.source,
                "registration_evidence": self.evidence,
            }
        return fields


class Drive:
    """The drive of one school; colleges and branches differ in pace and thoroughness."""

    def __init__(self, random: Random, starts_on: date):
        self.random, self.starts_on = random, starts_on
        self._number = 0

    def draw_pace(self) -> float:
        """Return the days that a college is ahead of the others (negative) or behind them."""
        return self.random.choice((-2, -1, 0, 0, 1, 2, 4))

    def draw_thoroughness(self) -> float:
        return self.random.choices(list(THOROUGHNESS), list(THOROUGHNESS.values()))[0]

    def draw_registration(self, *, pace: float, thoroughness: float) -> Registration:
        random = self.random
        if random.random() < 0.2:
            return self._draw_earlier_volunteer()
        day = max(0, round(self._draw_day() + pace))
        # People who never register have often opened the account and stopped there.
        opened = self.starts_on + timedelta(days=max(0, day - random.choice((0, 0, 1, 3))))
        way = Registration(account_on=opened, profile_on=opened + timedelta(days=random.choice((0, 0, 1, 4))))
        if random.random() >= thoroughness:
            return way
        way.registered_on = max(self.starts_on + timedelta(days=day), way.profile_on)
        way.known_on = way.registered_on + timedelta(days=random.choice((1, 1, 2, 3)))
        way.tells = random.random() < 0.45
        if way.tells and random.random() < 0.04:
            way.known_on += timedelta(days=90)  # reported, and the college has not looked yet
        self._draw_verification(way)
        return way

    def _draw_earlier_volunteer(self) -> Registration:
        """Return a registration at 志愿北京 in an earlier year; known with the first imported list."""
        before = self.starts_on - timedelta(days=self.random.randrange(40, 900))
        way = Registration(
            account_on=self.starts_on,
            profile_on=self.starts_on + timedelta(days=1),
            registered_on=before,
            known_on=self.starts_on + timedelta(days=3),
        )
        self._draw_verification(way)
        return way

    def _draw_day(self) -> float:
        """Return the day of the drive: first call, holiday, deadline, or tail."""
        random = self.random
        wave = random.choices(("call", "holiday", "deadline", "tail"), (34, 14, 34, 18))[0]
        if wave == "call":
            return random.triangular(0, 5, 1)
        if wave == "holiday":
            return random.uniform(5, 11)
        if wave == "deadline":
            return random.triangular(10, DEADLINE, DEADLINE)
        return DEADLINE + random.expovariate(1 / 7)

    def _draw_verification(self, way: Registration) -> None:
        self._number += 1
        way.volunteer_no = f"110000{100_000_000 + 7 * self._number}"
        way.source = Member.Source.FILE if self.random.random() < 0.9 else Member.Source.SECRETARY
        if way.source == Member.Source.FILE:
            way.evidence = f"文件“志愿北京名单{way.known_on:%m%d}.xlsx”"
        else:
            way.evidence = "查看本人志愿北京注册页面"
