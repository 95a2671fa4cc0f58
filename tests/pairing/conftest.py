"""Fixtures of the tests of pairing: a morning on which the hall is open."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Semaphore
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection

from members.models import College, ServiceYear, Street
from pairing.models import PairingCode
from tests.factories import StreetFactory
from tests.world import World

BEIJING = ZoneInfo("Asia/Shanghai")
NOW = datetime(2018, 10, 16, 9, tzinfo=BEIJING)


@dataclass
class Hall:
    """The `world` with codes and streets; at `now` the window of the notice (15–26 October) is open.

    Codes of JH: `code_a` (urban, handed to college_a), `code_b` (suburban, to college_b), `code_stock` (urban, in
    stock). Of BH: `code_bh` (urban, handed to bh.college_a).
    Streets without places taken elsewhere: `urban` and `suburban` of the world, and three more of each kind in
    `urbans` and `suburbans`. Of each three, only the first is in the same district as the world's street.
    """

    world: World
    now: datetime
    code_a: PairingCode
    code_b: PairingCode
    code_stock: PairingCode
    code_bh: PairingCode
    urban: Street
    suburban: Street
    urbans: list[Street]
    suburbans: list[Street]

    def code(self, text: str, *, year: ServiceYear | None = None, college: College | None = None, **fields):
        """Create one more code, in stock or handed out to the college."""
        state = PairingCode.State.HANDED_OUT if college else PairingCode.State.STOCK
        handed_at = self.now if college else None
        defaults = {"kind": Street.Kind.URBAN, "state": state, "handed_at": handed_at}
        return PairingCode.objects.create(
            year=year or self.world.year, code=text, college=college, **(defaults | fields)
        )


@pytest.fixture
def hall(world) -> Hall:
    urban, suburban = Street.Kind.URBAN, Street.Kind.SUBURBAN
    hall = Hall(
        world=world,
        now=NOW,
        code_a=None,
        code_b=None,
        code_stock=None,
        code_bh=None,
        urban=world.urban,
        suburban=world.suburban,
        urbans=_make_streets(
            urban, ("海淀区", "学院路街道"), ("朝阳区", "望京街道"), ("西城区", "展览路街道")
        ),
        suburbans=_make_streets(
            suburban, ("延庆区", "永宁镇"), ("密云区", "太师屯镇"), ("平谷区", "金海湖镇")
        ),
    )
    hall.code_a = hall.code("CQJHA001", college=world.college_a)
    hall.code_b = hall.code("JQJHB001", college=world.college_b, kind=suburban)
    hall.code_stock = hall.code("CQJHS001")
    hall.code_bh = hall.code("CQBHA001", year=world.bh.year, college=world.bh.college_a)
    return hall


@pytest.fixture
def open_hall(hall):
    """Freeze the clock at `hall.now`, for pages, which read the clock themselves."""
    with time_machine.travel(hall.now, tick=False):
        yield hall


def kill_before(function: Callable, *, times: int = 1) -> Callable:
    """Wrap a function: before each of its first `times` calls the server ends the caller's connection."""
    left = Semaphore(times)

    def call_after_cut(*args, **options):
        if left.acquire(blocking=False):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return function(*args, **options)

    return call_after_cut


def _make_streets(kind: str, *names: tuple[str, str]) -> list[Street]:
    return [StreetFactory(kind=kind, district=district, name=name) for district, name in names]
