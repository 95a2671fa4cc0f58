"""Django's admin, for superusers and repair. Everybody else works on the portal's pages.

The admin shows what a rule or a file decides (registration, thresholds, the list of volunteers), but cannot
change it.
"""

from allauth.account.decorators import secure_admin_login
from allauth.core import context
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.core.exceptions import ValidationError

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
from members.permissions import Role
from members.services.accounts import PLACES, check_place
from members.services.safety import note_password_set

# Use the portal's own sign-in page: it counts failed attempts, Django's sign-in page of the admin does not.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # allauth's own recipe
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


class GrantForm(forms.ModelForm):
    class Meta:
        model = Grant
        fields = ["user", "role", "school", "college", "branch", "street", "starts_on", "ends_on"]

    def clean(self):
        cleaned = super().clean() or {}
        places = [cleaned[column] for _, column, _ in PLACES.values() if cleaned.get(column)]
        if "user" not in cleaned or "role" not in cleaned:
            return cleaned
        try:
            if len(places) != 1:
                raise ValidationError("请在学校、学院、团支部、街乡中只选择与角色相符的一项。")
            check_place(user=cleaned["user"], role=Role(cleaned["role"]), on=places[0])
        except ValidationError as refusal:
            self.add_error("role", refusal)
        return cleaned


@admin.register(Grant)
class GrantAdmin(admin.ModelAdmin):
    form = GrantForm
    list_display = ["user", "role", "place", "starts_on", "ends_on"]
    list_select_related = ["user", "school", "college", "branch", "street"]
    list_filter = ["role"]
    search_fields = ["user__name", "user__number"]
    autocomplete_fields = ["user", "college", "branch", "street"]

    @admin.display(description="范围")
    def place(self, grant):
        return grant.place


class SetPasswordForm(AdminPasswordChangeForm):
    """Set a password for somebody else; they must change it at the next sign-in."""

    def save(self, commit=True):
        account = super().save(commit)
        note_password_set(account=account, by=context.request.user)
        return account


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Change names and passwords and close accounts. `manage.py create_account` adds new accounts."""

    change_password_form = SetPasswordForm
    list_display = ["username", "name", "school", "is_active", "is_superuser", "last_login"]
    list_filter = ["school", "is_active", "is_superuser"]
    search_fields = ["username", "number", "name"]
    ordering = ["username"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["username", "password", "name", "school", "number", "member"]}),
        ("权限", {"fields": ["is_active", "is_staff", "is_superuser"]}),
        ("时间", {"fields": ["last_login", "date_joined"]}),
    ]
    # `member` opens that person's page to the account; it is set with the account, by number and name.
    readonly_fields = ["username", "school", "number", "member", "last_login", "date_joined"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


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
