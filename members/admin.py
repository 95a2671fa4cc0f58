"""Django's admin, for superusers and repair. Everybody else works on the portal's pages.

The admin shows what a rule, a file or an office decides (registration, thresholds, volunteers, accounts, roles), but
cannot change it.
"""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.html import format_html

from members.models import (
    Branch,
    College,
    ExportLog,
    Grant,
    ImportRun,
    Member,
    School,
    Semester,
    ServiceYear,
    Street,
    User,
    VolunteerRecord,
)

# Use the portal's own sign-in page: it counts failed attempts, Django's sign-in page of the admin does not.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # allauth's own recipe
# Rows of allauth are ways into accounts: a person who added or moved one could act as somebody else. Groups grant nothing.
WAYS_IN = (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession, Group)
admin.site.unregister([model for model in WAYS_IN if admin.site.is_registered(model)])
admin.site.site_header = admin.site.site_title = "志愿服务门户后台"


class ReadOnlyAdmin(admin.ModelAdmin):
    """Show rows; nobody can add, change or delete them here."""

    def has_add_permission(self, request, *args):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class NoDeleteAdmin(admin.ModelAdmin):
    """Let rows be corrected but never deleted, because other rows refer to them."""

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(School)
class SchoolAdmin(NoDeleteAdmin):
    """Correct a school. Only `manage.py create_school` adds one, because the command opens its year as well."""

    list_display = ["name", "code", "created_at"]
    readonly_fields = ["code"]

    def has_add_permission(self, request):
        return False


@admin.register(College)
class CollegeAdmin(NoDeleteAdmin):
    list_display = ["name", "school", "outside_no"]
    list_filter = ["school"]
    search_fields = ["name", "outside_no"]

    def get_readonly_fields(self, request, obj=None):
        return ["school"] if obj else []


@admin.register(Branch)
class BranchAdmin(NoDeleteAdmin):
    list_display = ["name", "college", "outside_no"]
    list_select_related = ["college"]
    list_filter = ["college__school"]
    search_fields = ["name", "outside_no", "college__name"]

    def get_readonly_fields(self, request, obj=None):
        """Lock the college: an import of the organisation moves a branch, and shows what else moves with it."""
        return ["college"] if obj else []


@admin.register(Street)
class StreetAdmin(NoDeleteAdmin):
    list_display = ["district", "name", "kind", "taken_elsewhere", "taken_as_of"]
    list_filter = ["kind", "district"]
    search_fields = ["district", "name"]


@admin.register(Member)
class MemberAdmin(NoDeleteAdmin):
    """Correct a wrong student number. All else is changed on the person's page, which asks for a reason."""

    list_display = ["name", "student_no", "branch", "stage", "state", "registered_on"]
    list_select_related = ["branch"]
    list_filter = ["school", "stage", "state"]
    search_fields = ["name", "student_no", "volunteer_no"]

    def has_add_permission(self, request):
        return False

    def get_readonly_fields(self, request, obj=None):
        names = [field.name for field in Member._meta.fields if field.editable]
        return [name for name in names if name != "student_no"]


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin):
    """Show who holds what. The page 账号与授权 appoints and ends, with its rules and its messages."""

    list_display = ["user", "role", "place", "starts_on", "ends_on"]
    list_select_related = ["user", "school", "college", "branch", "street"]
    list_filter = ["role"]
    search_fields = ["user__name", "user__number"]

    @admin.display(description="范围")
    def place(self, grant):
        return grant.place


@admin.register(User)
class AccountAdmin(ReadOnlyAdmin):
    """Show accounts, without passwords. The portal's page of the account disables it and ends its sessions.

    Only commands make a superuser or open the admin to somebody (`createsuperuser`), and only the owner sets a
    password here in the portal.
    """

    list_display = ["username", "name", "school", "is_active", "is_superuser", "last_login", "page"]
    list_select_related = ["school"]
    list_filter = ["school", "is_active", "is_superuser"]
    search_fields = ["username", "number", "name"]
    ordering = ["username"]
    fields = [
        "username", "name", "school", "number", "member", "is_active", "is_staff", "is_superuser", "last_login",
        "date_joined", "page",
    ]  # fmt: skip

    @admin.display(description="停用与恢复")
    def page(self, account):
        return format_html('<a href="{}">账号页</a>', reverse("account", args=[account.pk]))


class SemesterInline(admin.TabularInline):
    model = Semester
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(ServiceYear)
class ServiceYearAdmin(ReadOnlyAdmin):
    list_display = ["school", "year", "bulletin_anchor", "floor_percent"]
    list_filter = ["school"]
    inlines = [SemesterInline]


@admin.register(VolunteerRecord)
class VolunteerRecordAdmin(ReadOnlyAdmin):
    list_display = ["name", "volunteer_no", "registered_on", "state", "reason", "member", "college"]
    list_select_related = ["member", "college"]
    list_filter = ["school", "state"]
    search_fields = ["name", "volunteer_no"]


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    list_display = ["filename", "kind", "state", "school", "college", "created_by", "created_at"]
    list_select_related = ["school", "college", "created_by"]
    list_filter = ["school", "kind", "state"]
    exclude = ["file"]


@admin.register(ExportLog)
class ExportLogAdmin(ReadOnlyAdmin):
    list_display = ["at", "user", "kind", "rows", "school"]
    list_select_related = ["user", "school"]
    list_filter = ["school", "kind"]
    date_hierarchy = "at"
