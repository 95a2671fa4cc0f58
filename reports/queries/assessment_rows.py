"""The rows behind an indicator's figure: their sums are the figure (学院考核)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone

from reports.queries.assessment import (
    Ground,
    Person,
    filter_assessed_objections,
    filter_assessed_records,
    filter_grouped_presences,
    get_pairings_by_college,
    judge_term,
    load_people,
    measure_pairing,
)
from reports.rules.assessment import Measure, measure_cases, measure_person
from reports.rules.eligibility import format_exact_hours


@dataclass(frozen=True)
class Row:
    """A row behind a figure.

    `page` and `pk` name the page to link to; `counted` of `of` is its part of the figure.
    """

    name: str
    place: str
    detail: str
    measure: Measure
    page: str = ""
    pk: int | None = None

    @property
    def missed(self) -> bool:
        return self.measure.counted < self.measure.of


def list_rows_behind(ground: Ground, key: str, *, by: str = "college") -> Iterator[Row]:
    """Return the rows that have a part in the indicator, in the order of names or dates.

    `by`: the figure of the college or of each branch; only the first service differs.
    """
    if key in ("paired", "offline", "bound"):
        yield from _list_pairing_rows(ground, key)
    elif key == "first":
        yield from _list_first_service_rows(ground, by)
    elif key == "objections":
        yield from _list_objection_rows(ground)
    elif key == "confirmed":
        yield from _list_record_rows(ground)
    else:
        yield from _list_people_rows(ground, key)


def _list_people_rows(ground: Ground, key: str) -> Iterator[Row]:
    required, semesters = ground.year.required_minutes, ground.semesters
    for person in load_people(ground):
        measure = measure_person(person.facts, required_minutes=required, semesters=semesters).get(key)
        if measure is not None:
            detail = _describe_person(person, key, measure)
            yield Row(
                person.name, f"{person.branch} {person.student_no}", detail, measure, "member", person.pk
            )


def _describe_person(person: Person, key: str, measure: Measure) -> str:
    facts = person.facts
    if key in ("hours", "per_head"):
        return format_exact_hours(facts.minutes)
    if key == "visits":
        return f"{measure.counted} / {measure.of} 个学期"
    said = {
        "registered": [(facts.registered, "注册")],
        "joined": [(facts.joined, "入队")],
        "reported": [(facts.registered, "注册"), (facts.joined, "入队"), (facts.served, "到街乡服务")],
    }[key]
    return "，".join(f"{'已' if done else '未'}{what}" for done, what in said)


def _list_pairing_rows(ground: Ground, key: str) -> Iterator[Row]:
    pairings = get_pairings_by_college(ground.year)
    for college in ground.colleges.order_by("name"):
        pairing = pairings.get(college.pk)
        measure = measure_pairing(pairing, ground.year)[key]
        if pairing is None:
            yield Row(college.name, "", "还没有结对", measure)
        else:
            detail = f"{pairing.street}：{_describe_pairing(pairing, key)}"
            yield Row(college.name, "", detail, measure, "pairing", pairing.pk)


def _describe_pairing(pairing, key: str) -> str:
    if key == "paired":
        return f"{timezone.localtime(pairing.claimed_at):%Y-%m-%d %H:%M} 结对"
    if key == "offline":
        done = f"{pairing.offline_on:%Y-%m-%d} 完成" if pairing.offline_on else "未完成"
        return f"{done}，期限 {pairing.due_on:%Y-%m-%d}"
    team = getattr(pairing, "team", None)
    return f"{team.bound_on:%Y-%m-%d} 绑定" if team and team.bound_on else "未绑定"


def _list_first_service_rows(ground: Ground, by: str) -> Iterator[Row]:
    """Return, for each college or branch, its first attended activity at the street, with the day."""
    groups = ground.branches if by == "branch" else ground.colleges
    came = filter_grouped_presences(ground, by).filter(group__in=groups.values("pk"))
    earliest = came.order_by("group", "activity__starts_at").distinct("group")
    first = {row.group: row.activity for row in earliest.select_related("activity")}
    for pk, name in groups.order_by("name").values_list("pk", "name"):
        activity = first.get(pk)
        if activity is None:
            yield Row(name, "", "还没有人到结对街乡服务", Measure(0, 1))
        else:
            day = timezone.localdate(activity.starts_at)
            measure = Measure(int(day <= ground.year.first_service_by), 1)
            yield Row(name, "", f"{day:%Y-%m-%d} {activity.name}", measure, "activity", activity.pk)


def _list_objection_rows(ground: Ground) -> Iterator[Row]:
    for found in filter_assessed_objections(ground).select_related("member").order_by("raised_at", "pk"):
        measure = measure_cases(judge_term(ground, found.begun, found.done))
        if measure.of:
            detail = _describe_term("提出", found.begun, "答复", found.done)
            yield Row(found.member.name, found.branch_name, detail, measure, "objection", found.pk)


def _list_record_rows(ground: Ground) -> Iterator[Row]:
    columns = ("pk", "begun", "done", "title", "member__name", "branch_name")
    rows = filter_assessed_records(ground).order_by("submitted_at", "pk").values_list(*columns, named=True)
    for row in rows.iterator(chunk_size=5000):
        measure = measure_cases(judge_term(ground, row.begun, row.done))
        if measure.of:
            detail = f"{row.title}：{_describe_term('提交', row.begun, '审核', row.done)}"
            yield Row(row.member__name, row.branch_name, detail, measure, "record", row.pk)


def _describe_term(began: str, begun, ended: str, done) -> str:
    return f"{begun:%Y-%m-%d} {began}，" + (f"{done:%Y-%m-%d} {ended}" if done else f"尚未{ended}")
