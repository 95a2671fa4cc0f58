"""Import of hours from the city's two ledgers: 北京共青团 by student number, 志愿北京 by volunteer number."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar

from django.utils import timezone

from activities.models import ServiceRecord
from activities.resources.hour_states import (
    ABSENCE,
    OTHER_STATES,
    OTHER_WORDS,
    STATE_COLUMN,
    combine_hour_states,
)
from activities.resources.totals import COUNTED_HEADER, NUMBER_OF_DIFFERENCE, RECORD_HEADER
from activities.resources.waiting import WAITING_HEADER
from activities.rules.hours import EARLIEST, TOO_EARLY
from activities.rules.ledgers import (
    NAMES,
    VOLUNTEER_BEIJING,
    choose_minutes,
    parse_record_state,
    recognise_ledger,
)
from activities.rules.linking import normalise_title
from activities.rules.moments import clean_moment, parse_service_span
from members.models.years import Source
from members.resources.base import SheetResource, StagedRow, make_column, refuse_row
from members.resources.columns import Said, explain_state
from members.sheets.cells import clean_label, clean_name, clean_number, clean_text, make_name_key
from members.sheets.durations import clean_minutes
from members.sheets.grids import RawFile
from members.sheets.sheets import Sheet, SheetError
from members.sheets.states import Meaning

OWN_NAMES = {str(source.label): source.value for source in (Source.ATTENDANCE, Source.SUPPLEMENT)}
VOIDED = str(ServiceRecord.State.VOIDED.label)
_SURE = "(?:认定|认可|核定|审定|核准|确认|实际|最终|有效|实)"
_WHAT = "(?:的)?(?:志愿服务|志愿|服务|活动)?"
# Further names: what was recognised (认定服务时长) or happened (实际开始时间), never what was planned or applied for.
PATTERNS = {
    "stated": re.compile(f"(?:审核)?{_SURE}+{_WHAT}(?:时长|工时|时数|小时数|小时|学时)"),
    "start": re.compile(
        f"(?:实际|打卡){_WHAT}(?:开始|起始|签到|到达|到岗|上岗)(?:时间|时刻)?|签到(?:日期)?(?:时刻)?|上班打卡(?:时间)?"
    ),
    "end": re.compile(
        f"(?:实际|打卡){_WHAT}(?:结束|终止|签退|离开|离岗|下岗)(?:时间|时刻)?|签退(?:日期)?(?:时刻)?|下班打卡(?:时间)?"
    ),
    "day": re.compile(f"实际{_WHAT}日期"),
    "state": STATE_COLUMN,
}


class HoursResource(SheetResource):
    """One sheet for both ledgers; its columns decide which one (`activities.rules.ledgers.recognise_ledger`).

    The date of service decides the year; a file may hold several. The ledger's own figure counts, even if
    beginning and end give another one (a break, a bonus): a note on the record says so.
    """

    ledger = make_column("来源", "get_source_display", clean_label)
    record_no = make_column("记录编号", "outside_no", clean_number)
    student_no = make_column("学号", "member__student_no", clean_number)
    volunteer_no = make_column("志愿者编号", "member__volunteer_no", clean_number)
    name = make_column("姓名", "member__name", clean_name)
    title = make_column("项目名称", "title", clean_label)
    day = make_column("服务日期", "served_on", clean_moment)
    start = make_column("开始时间", "starts_at", clean_moment)
    end = make_column("结束时间", "ends_at", clean_moment)
    stated = make_column("服务时长", "minutes", clean_minutes)
    state = make_column("状态", "get_state_display", clean_text)

    class Meta:
        model = ServiceRecord
        import_id_fields = ("record_no",)
        fields = (
            "ledger",
            "record_no",
            "student_no",
            "volunteer_no",
            "name",
            "title",
            "day",
            "start",
            "end",
            "stated",
            "state",
        )

    # fmt: off
    template = {
        "ledger": ("北京共青团", "北京共青团或志愿北京"),
        "record_no": ("T0001", "平台上的记录编号；没有就空着"),
        "student_no": ("2018990001", "来源是北京共青团的填学号"),
        "volunteer_no": ("", "来源是志愿北京的填志愿者编号"),
        "name": ("张三", "真实姓名"),
        "title": ("敬老服务", "项目或活动的名称"),
        "day": ("2018-10-20", "服务的日期"),
        "start": ("14:00", "开始的时间，如 14:00"),
        "end": ("16:30", "结束的时间，如 16:30"),
        "stated": ("2小时30分钟", "时长，如 2.5小时、2小时30分钟、150分钟"),
        "state": ("已确认", "已确认、待确认、未通过"),
    }
    # fmt: on

    key = "record_no"
    required = frozenset({"name", "title"})
    any_of = (
        frozenset({"student_no", "volunteer_no"}),
        frozenset({"day", "start"}),
        frozenset({"stated", "end"}),
    )
    must_have = {"name": "缺少姓名", "title": "缺少项目名称"}
    aliases = {
        "ledger": ("时长来源", "数据来源", "台账", "所属台账"),
        "record_no": (
            "时长记录编号",
            "服务记录编号",
            "时长编号",
            "记录号",
            "记录ID",
            "时长ID",
            "流水号",
            "记录流水号",
            "服务编号",
        ),
        "student_no": ("学籍号", "学生学号", "学生编号", "学籍编号", "学工号"),
        "volunteer_no": ("志愿北京编号", "志愿者号", "志愿者ID", "志愿者证号", "志愿编号", "注册编号"),
        "name": ("学生姓名", "团员姓名", "志愿者姓名", "真实姓名", "志愿者", "名字"),
        "title": (
            "服务项目",
            "项目",
            "活动名称",
            "服务名称",
            "服务内容",
            "服务项目名称",
            "志愿项目",
            "志愿服务项目",
            "活动",
            "岗位名称",
        ),
        "day": ("日期", "活动日期", "服务时间", "服务日", "活动时间", "参加日期", "志愿服务日期"),
        "start": (
            "服务开始时间",
            "起始时间",
            "开始",
            "签到时间",
            "签入时间",
            "活动开始时间",
            "起止时间",
            "服务起止时间",
            "服务时段",
            "时间段",
        ),
        "end": ("服务结束时间", "终止时间", "结束", "签退时间", "签出时间", "活动结束时间"),
        "stated": (
            "时长",
            "工时",
            "时数",
            "小时数",
            "志愿时长",
            "志愿服务时长",
            "认定时长",
            "服务小时",
            "服务工时",
            "服务小时数",
            "时长小时",
            "信用时数",
        ),
        "state": ("审核状态", "确认状态", "时长状态", "记录状态", "生效状态", "认定状态", "审核结果"),
    }

    patterns = PATTERNS
    loose = frozenset({"title"})
    strict = frozenset({"stated", "start", "end"})
    combine: ClassVar = {"state": combine_hour_states}
    states = OTHER_STATES
    state_words = OTHER_WORDS
    state_ends = ABSENCE
    own_headers = (
        RECORD_HEADER,
        [*RECORD_HEADER, *COUNTED_HEADER],
        [NUMBER_OF_DIFFERENCE, *RECORD_HEADER],
        WAITING_HEADER,
    )

    def open(self, raw: RawFile) -> Sheet:
        """Open the sheet and decide which ledger it comes from. Raises SheetError in Chinese."""
        sheet = super().open(raw)
        if "record_no" not in sheet.columns and "编号" in map(clean_text, sheet.ignored):
            # A serial number of rows, mistaken for the ledger's number, would make two records of one.
            raise SheetError(
                f"“{raw.filename}”的“编号”一列看不出是什么编号：是时长记录的编号，请把表头改为“记录编号”；"
                "只是行号，请改为“序号”"
            )
        self.is_own = any({*header} <= {*sheet.header} for header in self.own_headers)
        self.of_file = recognise_ledger(sheet.columns.keys())
        if not self.of_file and "ledger" not in sheet.columns:
            raise SheetError(
                "看不出这是哪个平台的时长：学号和志愿者编号两列都有。"
                "请只保留一列（学号为北京共青团，志愿者编号为志愿北京），或增加“来源”列"
            )
        # A list of the portal, perhaps a filtered one, says nothing of what a ledger has.
        return replace(sheet, partial=self.is_own)

    def rows(self, sheet: Sheet) -> Iterator[StagedRow]:
        self.today, self.has_states = timezone.localdate(), "state" in sheet.columns
        yield from super().rows(sheet)

    def judge_states(self, row: StagedRow, said: list[Said]) -> StagedRow:
        """Void the row if a column such as 作废时间 or 是否到场 speaks against it; the record may be held already."""
        judged = refuse_row(row, [explain_state(one, "") for one in said if one.meaning is None])
        if judged.data:
            for one in said:
                if one.meaning is Meaning.NO:
                    judged.data["state"] = "rejected"
                    judged.data["note"] = f"文件标记为“{one.header}：{one.word[:20]}”"
                elif one.meaning is Meaning.WAITING and judged.data.get("state") == "confirmed":
                    judged.data["state"] = "pending"
        return judged

    def finish(self, data: dict[str, Any]) -> None:
        """Build a record from the cells: person, ledger, time, duration, and its number in the ledger.

        Raises ValueError with the reason in Chinese.
        """
        source = self._parse_source(data)
        number = self._choose_number(source, data)
        served_on, begins, ends = parse_service_span(
            data.pop("day", None), data.pop("start", None), data.pop("end", None)
        )
        if served_on > self.today:
            raise ValueError("服务日期晚于今天")
        if served_on < EARLIEST:
            raise ValueError(TOO_EARLY)
        stated = data.pop("stated", None)
        minutes, note = choose_minutes(
            stated, (ends - begins) // timedelta(minutes=1) if begins and ends else None
        )
        if self.has_states and "state" not in data:
            raise ValueError("缺少状态")
        # Without such a column the importer is asked once for all rows.
        state = parse_record_state(data["state"]) if self.has_states else None
        if self.is_own and data.get("state") == VOIDED:
            state = "voided"
        if state == "rejected":
            note = f"文件标记为“{data['state']}”" + (f"；{note}" if note else "")
        if begins and not ends:
            ends = begins + timedelta(minutes=minutes)
        data |= {"source": source, "person_no": data[number], "name_key": make_name_key(data["name"])[:80]}
        data |= {"minutes": minutes, "note": note, "served_on": served_on.isoformat()}
        if state:
            data["state"] = state
        data |= {"starts_at": _format_aware(begins), "ends_at": _format_aware(ends)}
        data["title_key"] = normalise_title(data["title"])
        if "record_no" in data:
            data["outside_no"] = data.pop("record_no")

    def _choose_number(self, source: str, data: dict[str, Any]) -> str:
        """Return the field of the person's number; raise ValueError where it is empty."""
        number = "volunteer_no" if source == VOLUNTEER_BEIJING else "student_no"
        if self.is_own and number not in data and "student_no" in data:
            # The person has no volunteer number any more; the portal's own list tells of the record all the same.
            number, data["by_student"] = "student_no", True
        if number not in data:
            raise ValueError(f"缺少{self.fields[number].column_name}")
        return number

    def _parse_source(self, data: dict[str, Any]) -> str:
        said = data.pop("ledger", "")
        source = (NAMES | OWN_NAMES).get(said) if said else self.of_file
        if not source:
            raise ValueError(f"来源“{said[:20]}”无法识别，应为北京共青团或志愿北京" if said else "缺少来源")
        return source


@lru_cache(maxsize=4096)
def _format_aware(moment: datetime | None) -> str | None:
    """Return the Beijing moment as text with its time zone, for the database."""
    return timezone.make_aware(moment).isoformat() if moment else None
