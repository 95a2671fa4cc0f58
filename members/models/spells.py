"""Spells: where a person belonged, in which state and stage, and from when to when (requirements §3)."""

from datetime import date, timedelta

import pgtrigger
from django.db import models
from django.db.models import F, Q

from members.models.history import AS_BEFORE, BY_INDEX, build_truncate_trigger, track_former_rows
from members.models.imports import ImportRun
from members.models.organisation import Branch
from members.models.people import OPEN_SPELL_EQUALS, Member
from members.spell_querysets import SpellQuerySet

# Two spells of one person that share a day, or a first spell that is not the earliest.
OVERLAP = f"""
{BY_INDEX}
IF EXISTS (
    SELECT 1 FROM written w WHERE EXISTS (
        SELECT 1 FROM members_spell s WHERE s.member_id = w.member_id AND s.id <> w.id AND (
            (w.ends_on IS NULL OR s.starts_on < w.ends_on) AND (s.ends_on IS NULL OR w.starts_on < s.ends_on)
            OR w.first AND s.starts_on < w.starts_on OR s.first AND w.starts_on < s.starts_on)
        OFFSET 0  -- person by person through the index, also where the planner believes the table empty
    )
) THEN
    RAISE EXCEPTION '同一人员的两段经历不能重叠。' USING ERRCODE = 'exclusion_violation';
END IF;
{AS_BEFORE}
RETURN NULL;
"""


def _refuse_overlap(name: str, operation) -> pgtrigger.Trigger:
    """Return a statement trigger that checks the written spells against the others of their people.

    An exclusion constraint refuses the same, but costs 1.7–2.3 s per 50,000 inserts where this costs 0.4 s.
    Two writers of one person wait for each other at the person's lock.
    """
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(new="written"),
        func=OVERLAP,
    )


def _check_open(name: str, operation, condition: str, *, person: str = "NEW") -> pgtrigger.Trigger:
    """Return a trigger that compares the open spell with its person at commit, when an open spell was written."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=operation,
        condition=pgtrigger.Condition(condition),
        timing=pgtrigger.Deferred,
        func=OPEN_SPELL_EQUALS.format(member=f"{person}.member_id"),
    )


@track_former_rows()
class Spell(models.Model):
    """One person in one branch, state and stage, from `starts_on` to the day before `ends_on` (half-open).

    The open spell (`ends_on` empty) is what `Member` carries. Before the `first` spell the person is what the
    first spell says: a roster imported late describes the people as they were. Only somebody who entered a school
    that had been here before (`not_before`) is not in the years before the entry.
    """

    class Kind(models.TextChoices):
        CHANGE = "change", "变动"
        CORRECTION = "correction", "更正"

    member = models.ForeignKey(Member, models.CASCADE, related_name="spells", verbose_name="人员")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="spells", verbose_name="团支部")
    stage = models.CharField("发展阶段", max_length=10, choices=Member.Stage.choices)
    state = models.CharField("状态", max_length=12, choices=Member.State.choices)
    starts_on = models.DateField("起")
    ends_on = models.DateField("止（不含）", null=True, blank=True)
    first = models.BooleanField("第一段", default=False)
    # Of a first spell: the person was not here before this day, because the school was and they entered later.
    not_before = models.DateField("入学", null=True, blank=True)
    kind = models.CharField("性质", max_length=10, choices=Kind.choices, default=Kind.CHANGE)
    import_run = models.ForeignKey(ImportRun, models.SET_NULL, null=True, blank=True, related_name="+")
    written_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = SpellQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "在团经历"
        ordering = ["starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["member", "starts_on"], name="spell_begins_once"),
            models.UniqueConstraint(
                fields=["member"], condition=Q(ends_on=None), name="spell_one_open_per_member"
            ),
            models.UniqueConstraint(
                fields=["member"], condition=Q(first=True), name="spell_one_first_per_member"
            ),
            models.CheckConstraint(
                name="spell_ends_after_start", condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on"))
            ),
        ]
        indexes = [
            # Whether a school had people before a year, for the first spells of newcomers.
            models.Index(fields=["starts_on"], condition=Q(first=True), name="spell_first_day"),
        ]
        triggers = [
            build_truncate_trigger("在团经历"),
            _refuse_overlap("never_overlap_insert", pgtrigger.Insert),
            _refuse_overlap("never_overlap_update", pgtrigger.Update),
            _check_open("open_one_equals_insert", pgtrigger.Insert, "NEW.ends_on IS NULL"),
            _check_open(
                "open_one_equals_update", pgtrigger.Update, "NEW.ends_on IS NULL OR OLD.ends_on IS NULL"
            ),
            _check_open("open_one_equals_delete", pgtrigger.Delete, "OLD.ends_on IS NULL", person="OLD"),
        ]

    def __str__(self):
        return f"{self.member} {self.starts_on}"

    @property
    def last_day(self) -> date | None:
        """The last day of the spell; None while it lasts."""
        return self.ends_on and self.ends_on - timedelta(days=1)
