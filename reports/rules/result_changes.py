"""Results that were decided on a verdict which does not hold any more: what has changed, and who was asked. Pure.

A result (优秀 of an approved appraisal, a place of a decided honour) keeps its verdict. A voided record, a revoked exception
or a corrected stage does not change it; the office that decided is asked whether it keeps the result.
"""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any

from reports.rules.eligibility import BranchVerdict, MemberVerdict, Rules, judge_branch, judge_member

# What of a condition says that something has changed again; the rest of it follows from these or is wording.
WORDS = ("name", "label", "measured_text", "required_text", "missing", "citation")


def collect_facts(*, not_judged: str, conditions: Collection[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what bars a result now: why nothing is decided, or each condition that is not met, as plain values."""
    missed = [{word: row[word] for word in WORDS} for row in conditions if row["missing"]]
    return {"not_judged": not_judged, "missing": missed}


def judge_member_as_then(now: MemberVerdict, then: Mapping[str, Any]) -> MemberVerdict:
    """Return the verdict on the figures of now by the rule values that the result was judged by (requirements §3).

    Where another number of semesters needs a visit than then, visits were not counted in the same way: those of then stay.
    """
    rules, figures = _read_rules(then), now.figures
    if now.rules.visits != rules.visits:
        figures = replace(figures, visits=then["figures"].get("visits", figures.visits))
    return judge_member(figures, rules)


def judge_branch_as_then(now: BranchVerdict, then: Mapping[str, Any]) -> BranchVerdict:
    """Return the verdict on the rate of now by the rule values that the result was judged by."""
    rules = _read_rules(then)
    return judge_branch(replace(now.rate, floor_percent=rules.floor_percent), rules)


def _read_rules(then: Mapping[str, Any]) -> Rules:
    known = {field.name for field in fields(Rules)}
    return Rules(**{name: value for name, value in then["rules"].items() if name in known})


def needs_decision(
    *, holds: bool | None, facts: Mapping[str, Any], kept: Collection[Mapping[str, Any]]
) -> bool:
    """Return whether the office is to decide: the verdict does not hold, and nobody has kept the result on these facts.

    `holds`: the answer now, None where nothing is decided about the person. `kept`: the facts that the office has seen
    and kept the result on; a further change asks again.
    """
    return not holds and facts not in kept


def explain_facts(facts: Mapping[str, Any]) -> str:
    """Return the facts in one sentence, each with its clause.

    >>> explain_facts({"not_judged": "目前不在籍（转出）", "missing": []})
    '目前不在籍（转出）'
    """
    if facts["not_judged"]:
        return facts["not_judged"]
    return "；".join(
        f"{row['label']}{row['measured_text']}，{row['missing']}（通知{row['citation']}）"
        for row in facts["missing"]
    )
