"""The city's two ledgers of hours about the invented school's people, imported as files.

Many services are in both, some in one only, some with another duration, and part of our own attendance is in
the city's ledgers too, so that the links and the list of differences have content.
"""

import csv
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO

import pghistory
from django.utils import timezone

from activities.models import ServiceRecord
from members.models import ImportRun, Member
from members.sheets.reading import read_file
from members.transfer.resources import RESOURCES
from members.transfer.services.imports import import_at_once
from reports.demo.plans import OF_THE_CITY
from reports.demo.service import Service, combine_moment

KIND = ImportRun.Kind.HOURS
LEAGUE = ("记录编号", "学号", "姓名", "项目名称", "服务日期", "开始时间", "结束时间", "服务时长", "状态")
VOLUNTEERS = ("志愿者编号", "姓名", "服务项目", "日期", "服务时长", "添加方式", "状态")
PERCENT_OF_PEOPLE, PERCENT_IN_BOTH = 55, 70
# A person's minutes by the end of a year: mean and spread.
YEARS_MINUTES = (1140, 480)
# Durations (minutes) of the person to sign in as: some that count, and one that the city has not confirmed
# yet.
OWN, OWN_PENDING = (150, 120, 120), 90
STATES = {"已确认": 92, "待确认": 6, "已驳回": 2}
OF_VOLUNTEERS = {"已确认": "已生效", "待确认": "待审核", "已驳回": "无效"}


@dataclass(frozen=True)
class Piece:
    """A service in the city's ledger: who, what, when, minutes, and its state."""

    member: Member
    title: str
    start: datetime
    minutes: int
    state: str = "已确认"


def import_ledgers(service: Service) -> None:
    pieces = [
        *_make_own_pieces(service),
        *_make_city_pieces(service),
        *_make_applicant_pieces(service),
        *_make_copied_pieces(service),
    ]
    title = ("社区志愿服务时长明细",)
    _import_rows(
        service, "北京共青团志愿服务时长.csv", [title, LEAGUE], _build_league_rows(pieces), "utf-8-sig"
    )
    _import_rows(service, "志愿北京时长.csv", [VOLUNTEERS], _build_volunteer_rows(service, pieces), "gb18030")


# --- who did what ---------------------------------------------------------------------------------------------


def _list_free_days(service: Service) -> list[date]:
    """Return Sundays and Wednesdays until the day before yesterday.

    The school has no activities on these days.
    """
    count = (service.today - service.year_begins).days - 1
    days = (service.year_begins + timedelta(days=n) for n in range(max(0, count)))
    return [day for day in days if day.weekday() in (2, 6)]


def _make_piece(service: Service, member: Member, day: date, state: str, minutes: int | None = None) -> Piece:
    """Return a service on Sunday morning, or a short one on Wednesday evening."""
    sunday = day.weekday() == 6
    fitting = [(title, usual) for title, usual in OF_THE_CITY if sunday or usual <= 150]
    title, usual = service.random.choice(fitting)
    return Piece(member, title, combine_moment(day, 8 if sunday else 18, 30), minutes or usual, state)


def _make_own_pieces(service: Service) -> list[Piece]:
    member, days = service.member.member, _list_free_days(service)
    if len(days) <= len(OWN):
        return []
    some = days[:: len(days) // len(OWN)][: len(OWN)]
    counted = [
        _make_piece(service, member, day, "已确认", minutes) for day, minutes in zip(some, OWN, strict=True)
    ]
    return [*counted, _make_piece(service, member, days[-1], "待确认", OWN_PENDING)]


def _make_city_pieces(service: Service) -> list[Piece]:
    random, days, found = service.random, _list_free_days(service), []
    passed = (service.today - service.year_begins).days / 365
    people = [member for member in service.demo.members if member.counts and member != service.member.member]
    for member in random.sample(people, len(people) * PERCENT_OF_PEOPLE // 100):
        wanted = random.gauss(*YEARS_MINUTES) * passed
        for day in random.sample(days, len(days)):
            if wanted <= 0:
                break
            state = random.choices(list(STATES), list(STATES.values()))[0]
            found.append(_make_piece(service, member, day, state))
            wanted -= found[-1].minutes if state == "已确认" else 0
    return found


def _make_applicant_pieces(service: Service) -> list[Piece]:
    """Return services of activists and candidates, some of them before their application."""
    random, days, found = service.random, _list_free_days(service), []
    on_the_way = (Member.Stage.ACTIVIST, Member.Stage.CANDIDATE)
    for member in service.demo.members:
        if member.stage in on_the_way and member.is_registered:
            some = random.sample(days, min(len(days), random.randint(5, 12)))
            found += [_make_piece(service, member, day, "已确认") for day in sorted(some)]
    return found


def _make_copied_pieces(service: Service) -> list[Piece]:
    """Return every third record of our own attendance, sometimes with another duration."""
    ours = ServiceRecord.objects.confirmed().filter(source=ServiceRecord.Source.ATTENDANCE)
    ours = ours.exclude(member=service.member.member).select_related("member").order_by("pk")
    return [
        Piece(
            record.member,
            record.title,
            timezone.localtime(record.starts_at),
            record.minutes + 30 * (number % 15 == 0),
        )
        for number, record in enumerate(ours[::3])
    ]


# --- the files ------------------------------------------------------------------------------------------------


def _build_league_rows(pieces: list[Piece]) -> list[tuple]:
    rows = []
    for number, piece in enumerate(pieces, 1):
        ends = piece.start + timedelta(minutes=piece.minutes)
        span = (f"{piece.start:%Y-%m-%d}", f"{piece.start:%H:%M}", f"{ends:%H:%M}")
        who = (piece.member.student_no, piece.member.name, piece.title)
        rows.append((f"GQT{number:07d}", *who, *span, f"{piece.minutes}分钟", piece.state))
    return rows


def _build_volunteer_rows(service: Service, pieces: list[Piece]) -> list[tuple]:
    """Return rows for most services of registered people, some with other minutes, and rows of strangers."""
    random, rows = service.random, []
    for piece in pieces:
        if not piece.member.volunteer_no or random.random() * 100 > PERCENT_IN_BOTH:
            continue
        minutes = piece.minutes + 30 * (random.random() < 0.03)
        what = (piece.title, f"{piece.start:%Y-%m-%d %H:%M:%S}", _spell_hours(minutes))
        who = (piece.member.volunteer_no, piece.member.name)
        rows.append((*who, *what, "团体录入", OF_VOLUNTEERS[piece.state]))
    strangers = [(f"11000088000000{n}", "王明远", *row[2:]) for n, row in enumerate(rows[:3])]
    return [*rows, *strangers]


def _spell_hours(minutes: int) -> str:
    """Return hours as that ledger writes them: 2.5; in words if they are no tenths of an hour."""
    return f"{minutes / 60:g}" if minutes % 6 == 0 else f"{minutes // 60}小时{minutes % 60}分钟"


def _import_rows(
    service: Service, filename: str, head: list[tuple], rows: list[tuple], encoding: str
) -> None:
    """Import the file as the school's own account; on New Year's Day there are no rows yet."""
    if not rows:
        return
    text = StringIO()
    csv.writer(text).writerows([*head, *rows])
    resource = RESOURCES[KIND]()
    sheet = resource.open(read_file(text.getvalue().encode(encoding), filename))
    school, user = service.demo.school, service.admin
    with pghistory.context(user=user.pk, file=filename):
        run = ImportRun.objects.create(school=school, kind=KIND, filename=filename, created_by=user)
        import_at_once(run=run, header=sheet.header, rows=resource.rows(sheet))
