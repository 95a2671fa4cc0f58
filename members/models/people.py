"""A person of the roster, with League membership and registration as a volunteer."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse

from members.models.history import AS_BEFORE, BY_INDEX, track_history
from members.models.one_school import build_one_school_triggers, build_school_stays_trigger
from members.models.organisation import Branch, School
from members.models.twins import build_twin_trigger
from members.querysets import LEFT_STATES, MemberQuerySet

# At commit a person and the open spell say the same; members.services.spells writes both. {member} names the person.
OPEN_SPELL_EQUALS = f"""
{BY_INDEX}
IF EXISTS (
    SELECT FROM members_member m
    LEFT JOIN members_spell s ON s.member_id = m.id AND s.ends_on IS NULL
    WHERE m.id = {{member}} AND (m.branch_id, m.stage, m.state) IS DISTINCT FROM (s.branch_id, s.stage, s.state)
) THEN
    RAISE EXCEPTION '人员的团支部、发展阶段和状态须与当前的一段经历一致。' USING ERRCODE = 'integrity_constraint_violation';
END IF;
{AS_BEFORE}
RETURN NULL;
"""


@track_history()
class Member(models.Model):
    """A person of a roster: League member, applicant or other student.

    `registration_source` decides whether the person is a registered volunteer (verified); `counts_from` is then
    never empty. `registered_on` is the date of registration that somebody told, or None if nobody did. The fields
    `reported_*` hold what the person reported: pages show it as well, but it never counts (requirements §3).
    """

    class Stage(models.TextChoices):
        MEMBER = "member", "团员"
        APPLICANT = "applicant", "入团申请人"
        ACTIVIST = "activist", "入团积极分子"
        CANDIDATE = "candidate", "发展对象"
        STUDENT = "student", "群众"

    class State(models.TextChoices):
        ACTIVE = "active", "在籍"
        SUSPENDED = "suspended", "休学"
        TRANSFERRED = "transferred", "转出"
        GRADUATED = "graduated", "毕业"
        EXCHANGE = "exchange", "交流出国"
        ARMY = "army", "参军"

    class Party(models.TextChoices):
        NONE = "", "—"
        PROBATIONARY = "probationary", "中共预备党员"
        FULL = "full", "中共党员"

    class Gender(models.TextChoices):
        UNKNOWN = "", "—"
        MALE = "male", "男"
        FEMALE = "female", "女"

    class Source(models.TextChoices):
        NONE = "", "—"
        FILE = "file", "志愿北京名单"
        CLAIM = "claim", "待认领名单人工认领"
        SECRETARY = "secretary", "团委核实"

    # A copy of branch.college.school for the unique constraints on numbers; triggers keep both equal.
    school = models.ForeignKey(School, models.PROTECT, related_name="members", verbose_name="学校")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="members", verbose_name="团支部")
    student_no = models.CharField("学号", max_length=40)
    # Case and width make no other number. People who had been two before this was refused keep their numbers: all
    # but the first have 1, 2 … here (and for the volunteer number below) until one of the numbers is corrected.
    number_twin = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    name = models.CharField("姓名", max_length=80)
    name_key = models.CharField(max_length=80, editable=False)
    sort_key = models.CharField(max_length=200, editable=False)
    gender = models.CharField("性别", max_length=6, choices=Gender.choices, blank=True)
    grade = models.CharField("年级", max_length=20, blank=True)
    phone = models.CharField("手机号码", max_length=20, blank=True)
    stage = models.CharField("发展阶段", max_length=10, choices=Stage.choices)
    party = models.CharField("党员身份", max_length=12, choices=Party.choices, blank=True)
    # As the roster writes it (团支书, 学习委员 …). It grants nothing, but suggests who to appoint.
    office = models.CharField("职务", max_length=60, blank=True, default="", db_default="")
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.ACTIVE)

    registered_on = models.DateField("注册日期", null=True, blank=True)
    # From this day the registration counts where nobody told its date: the day of the file or the decision.
    counts_from = models.DateField("计入起始日", null=True, blank=True)
    volunteer_no = models.CharField("志愿者编号", max_length=40, blank=True)
    volunteer_twin = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    registration_source = models.CharField("核实来源", max_length=10, choices=Source.choices, blank=True)
    registration_evidence = models.CharField("核实依据", max_length=300, blank=True)

    league_account_on = models.DateField("自报开通“北京共青团”账号", null=True, blank=True)
    profile_completed_on = models.DateField("自报完善个人资料", null=True, blank=True)
    reported_on = models.DateField("自报注册日期", null=True, blank=True)
    reported_no = models.CharField("自报志愿者编号", max_length=40, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)

    phone_open: bool  # only of rows from `queries.roster.annotate_phone_rule`
    manageable: bool  # only of rows from `queries.activation.mark_manageable`
    stage_then: str  # only of rows from `queries.as_of.add_as_of`

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "人员"
        constraints = [
            models.UniqueConstraint(
                Upper("student_no"), "school", "number_twin", name="member_number_once_per_school"
            ),
            models.UniqueConstraint(
                Upper("volunteer_no"),
                "school",
                "volunteer_twin",
                condition=~Q(volunteer_no=""),
                name="member_volunteer_no_once_per_school",
            ),
            models.CheckConstraint(
                name="member_registration_has_source",
                condition=Q(registered_on=None, counts_from=None, registration_source="", volunteer_no="")
                | Q(counts_from__isnull=False) & ~Q(registration_source=""),
            ),
            # A known date of registration is the day from which the registration counts.
            models.CheckConstraint(
                name="member_counts_from_known_date",
                condition=Q(registered_on=None) | Q(counts_from=F("registered_on")),
            ),
            models.CheckConstraint(
                name="member_stage_known",
                condition=Q(stage__in=["member", "applicant", "activist", "candidate", "student"]),
            ),
            models.CheckConstraint(
                name="member_state_known",
                condition=Q(
                    state__in=["active", "suspended", "transferred", "graduated", "exchange", "army"]
                ),
            ),
            models.CheckConstraint(
                name="member_source_known",
                condition=Q(registration_source__in=["", "file", "claim", "secretary"]),
            ),
            models.CheckConstraint(
                name="member_party_known", condition=Q(party__in=["", "probationary", "full"])
            ),
        ]
        triggers = [
            build_school_stays_trigger("人员"),
            build_twin_trigger("student_no", "number_twin"),
            build_twin_trigger("volunteer_no", "volunteer_twin"),
            *build_one_school_triggers(
                "SELECT 1 FROM written w JOIN members_branch b ON b.id = w.branch_id "
                "JOIN members_college c ON c.id = b.college_id WHERE c.school_id <> w.school_id",
                "人员与所在团支部不属于同一所学校。",
            ),
            pgtrigger.Trigger(
                name="open_spell_equals",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("branch_id", "stage", "state"),
                timing=pgtrigger.Deferred,
                func=OPEN_SPELL_EQUALS.format(member="NEW.id"),
            ),
        ]
        indexes = [
            # Rates by branch are read from this index alone, without reading the table.
            models.Index(
                fields=["branch", "stage", "state"],
                include=["registration_source", "reported_on"],
                name="member_rates",
            ),
            # The list of one branch or college in its order; the page takes the first rows.
            models.Index(fields=["branch", "sort_key", "student_no"], name="member_list"),
            # The matching of a volunteer file: by name first, then by the phone's digits.
            models.Index(fields=["school", "name_key"], name="member_name"),
            # The few people whose number another person has too, in another case.
            models.Index(fields=["school"], condition=Q(number_twin__gt=0), name="member_number_twins"),
            models.Index(fields=["school"], condition=Q(volunteer_twin__gt=0), name="member_volunteer_twins"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("member", args=[self.pk])

    @property
    def is_registered(self) -> bool:
        """Whether the registration as volunteer is verified; its date may be unknown."""
        return bool(self.registration_source)

    @property
    def registration_state(self) -> str:
        """`registered` (verified), `reported` (only by the person) or `missing`."""
        if self.is_registered:
            return "registered"
        return "reported" if self.reported_on else "missing"

    @property
    def has_left(self) -> bool:
        """Whether the person was transferred or graduated; on leave, abroad or in the army they still belong here."""
        return self.state in LEFT_STATES

    @property
    def counts(self) -> bool:
        """Whether the person counts in the rate: an active League member (requirements §3)."""
        return self.stage == self.Stage.MEMBER and self.state == self.State.ACTIVE
