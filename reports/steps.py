"""The words of 起步: title, sentence, figure and button of each step, for a school and for a college."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils import timezone

from members.models import College, Member, School, ServiceYear
from reports.queries.first_steps import (
    Progress,
    build_college_work,
    build_school_work,
    count_figures,
    is_needed,
    measure_work,
)


@dataclass(frozen=True)
class Step:
    """A step of the page. `is_next`: the first that is not finished; its button is the page's main one."""

    title: str
    text: str
    figure: str
    url: str
    label: str
    finished: bool
    is_next: bool


@dataclass(frozen=True)
class Words:
    """What the page says about a step.

    `figure` is filled with the numbers; `waiting` replaces it while there is nothing to count. `page` names the page
    to open.
    """

    title: str
    text: str
    figure: str
    waiting: str
    page: str
    label: str
    query: tuple[tuple[str, str], ...] = ()


VOLUNTEERS = Words(
    "导入“志愿北京”志愿者名单",
    "名单与花名册自动比对，核实每名团员的志愿者注册。",
    "{registered}/{counted} 名团员已核实注册",
    "还没有核实任何人的注册",
    "import_new",
    "导入志愿者名单",
    (("kind", "volunteers"),),
)
BRANCH_SECRETARIES = Words(
    "任命团支书",
    "每个团支部一名，从本支部的花名册中选。",
    "{done}/{whole} 个团支部已有团支书",
    "导入花名册、建立团支部以后再任命",
    "accounts",
    "任命团支书",
)
ACCOUNTS = Words(
    "发放激活纸条",
    "每人一张，本人扫码后自己设置密码，不需要别人转告密码。",
    "{accounts}/{people} 人已有账号，其中 {activated} 人已激活",
    "导入花名册以后再发放",
    "activation_codes",
    "发放激活纸条",
)
SCHOOL_WORDS = {
    "rules": Words(
        "核对年度规则",
        "各阶段日期、时长和注册率标准已按通知填好。请逐项核对，与上级要求不同的改好保存。",
        "规则已经核对",
        "有过修改，或已按规则发布通报，本步即完成",
        "years",
        "核对规则",
    ),
    "roster": Words(
        "导入组织和花名册",
        "学院和团支部随花名册自动建立；也可以由学院各自导入本学院的名单。",
        "{done}/{whole} 个学院已有人员，共 {people} 人",
        "还没有导入",
        "import_new",
        "导入花名册",
        (("kind", "roster"),),
    ),
    "volunteers": VOLUNTEERS,
    "streets": Words(
        "导入街乡名录",
        "结对大厅按名录列出街乡和剩余名额。",
        "名录中有 {streets} 个街乡",
        "还没有导入",
        "import_new",
        "导入街乡名录",
        (("kind", "streets"),),
    ),
    "codes": Words(
        "导入并分配结对码",
        "导入上级下发的结对码，再分给学院，每个学院一个。",
        "{done}/{whole} 个学院已分到结对码，库存还有 {stock} 个",
        "导入花名册、建立学院以后再分配",
        "codes",
        "分配结对码",
    ),
    "college_secretaries": Words(
        "任命学院团委书记",
        "书记自己导入名单、任命团支书、与街乡结对。",
        "{done}/{whole} 个学院已有书记",
        "导入花名册、建立学院以后再任命",
        "accounts",
        "任命书记",
    ),
    "branch_secretaries": BRANCH_SECRETARIES,
    "accounts": ACCOUNTS,
    "bulletin": Words(
        "发布首期通报",
        "通报公布各学院的注册完成情况，到期由系统自动发布，也可以提前预览。",
        "本年度已发布 {issues} 期",
        "首期日期为 {anchor}",
        "bulletins",
        "查看通报",
    ),
}
COLLEGE_WORDS = {
    "roster": Words(
        "导入本学院花名册",
        "团支部随花名册自动建立。",
        "{done}/{whole} 个团支部已有人员，共 {people} 人",
        "还没有导入",
        "import_new",
        "导入花名册",
        (("kind", "roster"),),
    ),
    "volunteers": VOLUNTEERS,
    "pairing": Words(
        "与街乡结对",
        "在结对大厅选择一个还有名额的街乡，先到先得。",
        "已与街乡结对",
        "结对大厅 {opens} 开放",
        "hall",
        "打开结对大厅",
    ),
    "branch_secretaries": BRANCH_SECRETARIES,
    "accounts": ACCOUNTS,
}


def has_open_steps(school: School | None, today: date) -> bool:
    """Return whether the page is still needed; a repair account has no school and no steps. One query."""
    return school is not None and is_needed(school, build_school_work(school, today))


def list_school_steps(year: ServiceYear, today: date) -> list[Step]:
    """Return the steps of the year's school."""
    people = Member.objects.filter(school=year.school_id)
    work = build_school_work(year.school, today)
    return _describe_steps(measure_work(work), SCHOOL_WORDS, _build_numbers(people, year))


def list_college_steps(college: College, year: ServiceYear, today: date) -> list[Step]:
    """Return the steps of a college; none when they are done, or after the school's first year."""
    work = build_college_work(college, today)
    if not is_needed(college.school, work):
        return []
    people = Member.objects.filter(branch__college=college)
    return _describe_steps(measure_work(work), COLLEGE_WORDS, _build_numbers(people, year))


def _build_numbers(people, year: ServiceYear) -> dict:
    anchor, opens = year.bulletin_anchor, year.pairing_opens_at
    return count_figures(people, year) | {
        "anchor": f"{anchor.year} 年 {anchor.month} 月 {anchor.day} 日",
        "opens": f"{timezone.localtime(opens):%Y-%m-%d %H:%M}",
    }


def _describe_steps(measured: list[Progress], words: dict[str, Words], numbers: dict) -> list[Step]:
    unfinished = next((step.name for step in measured if not step.finished), None)
    return [
        Step(
            title=words[step.name].title,
            text=words[step.name].text,
            figure=_choose_figure(step, words[step.name]).format(**numbers, done=step.done, whole=step.whole),
            url=reverse(words[step.name].page, query=dict(words[step.name].query) or None),
            label=words[step.name].label,
            finished=step.finished,
            is_next=step.name == unfinished,
        )
        for step in measured
    ]


def _choose_figure(step: Progress, words: Words) -> str:
    return words.figure if step.finished or step.whole else words.waiting
