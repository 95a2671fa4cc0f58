"""表彰 (三(五)): which volunteers, teams or projects are on a list, by criteria that everybody can read. Pure.

Criteria are whole numbers, each "at least". The order is by one figure, then by the others, then by number,
so that the same figures always give the same list. A shared last place is not drawn by lot: a candidate that
equals the last place in every figure is shown as equal, and the list keeps its number of places.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reports.rules.eligibility import format_exact_hours

KINDS = {"volunteer": "优秀志愿者", "team": "优秀志愿服务队", "project": "优秀志愿服务项目"}


@dataclass(frozen=True)
class Criterion:
    """A figure that a list may require and be ordered by."""

    key: str
    label: str
    unit: str


CRITERIA: dict[str, tuple[Criterion, ...]] = {
    "volunteer": (
        Criterion("minutes", "年度服务时长", "分钟"),
        Criterion("services", "服务次数", "次"),
        Criterion("months", "参加服务的月份", "个月"),
    ),
    "team": (
        Criterion("minutes", "服务总时长", "分钟"),
        Criterion("people", "参加服务的人数", "人"),
        Criterion("share", "参加服务的团员比例", "%"),
        Criterion("services", "服务次数", "次"),
        Criterion("months", "开展服务的月份", "个月"),
    ),
    "project": (
        Criterion("minutes", "服务总时长", "分钟"),
        Criterion("people", "参加服务的人数", "人"),
        Criterion("services", "服务次数", "次"),
        Criterion("months", "开展服务的月份", "个月"),
    ),
}


@dataclass(frozen=True)
class Candidate:
    """A person, team or project with its figures. `barred`: why it cannot be chosen, each with its clause."""

    pk: int
    name: str
    place: str
    number: str
    figures: Mapping[str, int]
    barred: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selection:
    """`chosen` in the order of their places; `barred`: would have been on the list.

    `equal`: equals the last place in every figure but found no place left; `below`: how many miss a
    criterion.
    """

    chosen: list[Candidate] = field(default_factory=list)
    barred: list[Candidate] = field(default_factory=list)
    equal: list[Candidate] = field(default_factory=list)
    below: int = 0


def figure_text(criterion: Criterion, value: int) -> str:
    """Return the figure with its unit; minutes as hours.

    >>> figure_text(CRITERIA["volunteer"][0], 1230), figure_text(CRITERIA["volunteer"][1], 3)
    ('20.5 小时', '3 次')
    """
    return format_exact_hours(value) if criterion.unit == "分钟" else f"{value} {criterion.unit}"


def criteria_problem(kind: str, minimum: Mapping[str, int], order: str, places: int) -> str:
    """Return what is wrong with the criteria of a list; "" if nothing is."""
    keys = {criterion.key for criterion in CRITERIA[kind]}
    if minimum.keys() != keys or any(value < 0 for value in minimum.values()):
        return "请为每项条件填写不小于 0 的整数。"
    if order not in keys:
        return "请选择排序依据。"
    if places < 1:
        return "名额至少为 1。"
    return ""


def select_candidates(
    candidates: Iterable[Candidate], *, kind: str, minimum: Mapping[str, int], order: str, places: int
) -> Selection:
    """Select the list by its criteria. A barred candidate takes no place: the next one moves up."""
    candidates = list(candidates)
    fulfilling = [
        one for one in candidates if all(one.figures[key] >= least for key, least in minimum.items())
    ]
    keys = [order, *(criterion.key for criterion in CRITERIA[kind] if criterion.key != order)]

    def build_rank(one: Candidate) -> tuple:
        return tuple(-one.figures[key] for key in keys)

    ranked = sorted(fulfilling, key=lambda one: (build_rank(one), one.number, one.pk))
    free = [one for one in ranked if not one.barred]
    chosen = free[:places]
    last = build_rank(chosen[-1]) if chosen else None
    return Selection(
        chosen=chosen,
        barred=_list_barred_in_reach(ranked, last, full=len(free) > places, rank=build_rank),
        equal=[one for one in free[places:] if build_rank(one) == last],
        below=len(candidates) - len(fulfilling),
    )


def _list_barred_in_reach(
    ranked: Sequence[Candidate], last: tuple | None, *, full: bool, rank: Callable[[Candidate], tuple]
) -> list[Candidate]:
    """Return barred candidates at or before the last place; all of them where places are left over."""
    barred = [one for one in ranked if one.barred]
    return [one for one in barred if rank(one) <= last] if full and last is not None else barred
