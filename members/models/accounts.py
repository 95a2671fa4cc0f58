"""Accounts and their roles."""

from functools import cached_property

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce, Upper
from django.utils import timezone

from members.account_querysets import GrantQuerySet, UserQuerySet
from members.models.history import track_history
from members.models.one_school import build_one_school_triggers
from members.models.organisation import Branch, College, School, Street
from members.models.people import Member
from members.models.twins import build_twin_trigger
from members.models.years import ServiceYear
from members.permissions import OWN_ROLES, Role


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]  # made at run time
    def create_user(self, username, password=None, **fields):
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username, password=None, **fields):
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


def build_username(number: str, school: School) -> str:
    """Return the user name 2018010001@JH.

    A number is unique only within a school, and the portal holds several schools.
    """
    return f"{number}@{school.code}"


@track_history(exclude=["password", "last_login", "must_change_password"])
class User(AbstractBaseUser, PermissionsMixin):
    """An account. People sign in with the number alone; `username` also contains the school's code."""

    username = models.CharField("账号", max_length=80, unique=True)
    school = models.ForeignKey(
        School, models.PROTECT, null=True, blank=True, related_name="users", verbose_name="学校"
    )
    number = models.CharField("学号或工号", max_length=40, blank=True, db_index=True)
    # As `Member.number_twin`.
    number_twin = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    name = models.CharField("姓名", max_length=80)
    member = models.OneToOneField(
        Member, models.PROTECT, null=True, blank=True, related_name="user", verbose_name="本人"
    )
    is_active = models.BooleanField("启用", default=True)
    # Set together with a password for somebody else; the person changes it before anything else.
    must_change_password = models.BooleanField("下次登录须改密码", default=False)
    is_staff = models.BooleanField("可进入后台", default=False)
    date_joined = models.DateTimeField("开通时间", auto_now_add=True)

    open_offices: list["Grant"]  # only of rows from `members.queries.finder`
    is_activated: bool  # these two only of rows from `queries.activation.mark_activation`
    has_code: bool

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        # Sign-in, activation and campus sign-in find an account by its number without regard to case.
        constraints = [
            models.UniqueConstraint(
                Upper("number"),
                "school",
                "number_twin",
                condition=~Q(number=""),
                name="account_number_once_per_school",
            )
        ]
        triggers = [
            build_twin_trigger("number", "number_twin"),
            *build_one_school_triggers(
                "SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id "
                "WHERE m.school_id IS DISTINCT FROM w.school_id",
                "账号与本人不属于同一所学校。",
            ),
        ]

    def __str__(self):
        return self.name

    @cached_property
    def active_grants(self) -> list["Grant"]:
        """The roles in force today, read once per request.

        An account with a person of the roster is a MEMBER too, or FORMER after the person has left.
        """
        grants = list(self.grants.active_on(timezone.localdate()).select_related("school"))
        if self.member:
            grants.append(Grant(user=self, role=Role.FORMER if self.member.has_left else Role.MEMBER))
        return grants

    @cached_property
    def current_year(self) -> ServiceYear | None:
        """The school's year that contains today, else its latest year, else None; read once per request."""
        return ServiceYear.objects.current(self.school)


GRANT_PLACES = ("school", "college", "branch", "street")


class DateRange(Func):
    """The days from the first to the last one; without a last day the range has no end."""

    function = "daterange"
    output_field = DateRangeField()


@track_history()
class Grant(models.Model):
    """A role on one part of the organisation, for a term. Secretaries change every year.

    A liaison's role names the street, and the school for which the liaison works there: one account may hold the
    role for several schools, and each opens only its own pairings, projects and activities (requirements §1).
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="grants", verbose_name="账号")
    role = models.CharField(
        "角色", max_length=20, choices=[choice for choice in Role.choices if choice[0] not in OWN_ROLES]
    )
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, verbose_name="学校")
    college = models.ForeignKey(College, models.PROTECT, null=True, blank=True, verbose_name="学院")
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, verbose_name="团支部")
    street = models.ForeignKey(Street, models.PROTECT, null=True, blank=True, verbose_name="街乡")
    starts_on = models.DateField("开始日期", default=timezone.localdate)
    ends_on = models.DateField("结束日期", null=True, blank=True)

    term_state: str  # only of rows from `members.queries.appointments`

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "授权"
        constraints = [
            models.CheckConstraint(
                name="grant_role_fits_scope",
                condition=(
                    Q(role="school_admin", school__isnull=False, college=None, branch=None, street=None)
                    | Q(
                        role="college_secretary", school=None, college__isnull=False, branch=None, street=None
                    )
                    | Q(role="branch_secretary", school=None, college=None, branch__isnull=False, street=None)
                    | Q(role="liaison", school__isnull=False, college=None, branch=None, street__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="grant_ends_after_start", condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on"))
            ),
            # Somebody who is appointed again after a gap has a second row, so that the first term stays true.
            ExclusionConstraint(
                name="grant_terms_apart",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    *((Coalesce(place, 0), RangeOperators.EQUAL) for place in GRANT_PLACES),
                    (DateRange("starts_on", "ends_on", RangeBoundary(True, True)), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.get_role_display()} {self.place}"

    @property
    def place(self):
        """The street, school, college or branch of the role; the school of a liaison's role is `school`."""
        return self.street or self.school or self.college or self.branch
