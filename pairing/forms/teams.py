"""The forms in which a college enters data of its service team, and the filters of its lists."""

import re

from django import forms
from django.utils import timezone

from members.forms.people import PeopleFilter
from members.forms.registration import DayField
from members.forms.seen import SeenFormMixin
from members.lists import ListFilter
from members.models import Branch
from members.sheets.cells import CellError, clean_number
from pairing.models import ServiceTeam

OUTSIDE_ID = re.compile(r"[0-9A-Za-z-]{4,40}")


class TeamFilter(ListFilter):
    q = forms.CharField(label="学院、街乡或团队ID", required=False, max_length=60)
    bound = forms.ChoiceField(
        label="志愿团队ID", required=False, choices=[("", "全部"), ("yes", "已绑定"), ("no", "未绑定")]
    )


class RollFilter(PeopleFilter):
    joined = forms.ChoiceField(
        label="入队", required=False, choices=[("", "全部"), ("no", "尚未加入"), ("yes", "已加入")]
    )
    who = forms.ChoiceField(
        label="人员", required=False, choices=[("", "全部"), ("members", "团员"), ("others", "其他同学")]
    )


class BindForm(SeenFormMixin, forms.Form):
    outside_id = forms.CharField(
        label="志愿团队ID",
        max_length=40,
        help_text="由北京市志愿中心统一下发的编号。只填编号；团队密码请自行保管，本平台不收集、不保存。",
    )
    on = DayField(label="绑定日期")

    def __init__(self, data=None, *, team):
        super().__init__(data, initial=self.read_row(team))
        self.fields["outside_id"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def read_row(self, row: ServiceTeam) -> dict:
        known = row.outside_id or ServiceTeam.objects.get_last_outside_id(row.pairing.college_id)
        return {"outside_id": known, "on": row.bound_on or timezone.localdate()}

    def clean_outside_id(self) -> str:
        """Correct spaces and full-width digits; ValidationError unless the ID has 4 to 40 letters, digits or hyphens."""
        try:
            found = clean_number(self.cleaned_data["outside_id"])
        except CellError as error:
            raise forms.ValidationError(str(error)) from error
        if not OUTSIDE_ID.fullmatch(found):
            raise forms.ValidationError("团队ID由 4 至 40 位数字或字母组成，请从“志愿北京”复制完整编号。")
        return found


AGAIN = "，换届后需重新确认"


class GroupForm(SeenFormMixin, forms.Form):
    """The people in the team's WeChat group (三(三)3). The portal never reads the messages of the group."""

    branches = forms.ModelMultipleChoiceField(
        Branch.objects.none(),
        label="团支书已入群的团支部",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="请对照群成员逐一勾选。",
    )
    street_contact_in_on = DayField(label="街乡负责人入群日期", required=False, help_text="尚未入群则不填。")
    expires_on = DayField(
        label="群二维码有效期至", required=False, help_text="微信群二维码七天有效，过期前三天起会提醒更换。"
    )

    def __init__(self, data=None, *, team, branches, secretaries: dict[int, str]):
        super().__init__(data, initial=self.read_row(team))
        self.fields["branches"].queryset = branches
        checks = _read_group_checks(team)
        again = {pk for pk, is_valid in checks.items() if not is_valid}
        self.fields["branches"].label_from_instance = lambda branch: (
            f"{branch.name}（{secretaries.get(branch.pk, '未设团支书')}{AGAIN if branch.pk in again else ''}）"
        )

    def read_row(self, row: ServiceTeam) -> dict:
        return {
            "branches": [pk for pk, is_valid in _read_group_checks(row).items() if is_valid],
            "street_contact_in_on": row.street_contact_in_on,
            "expires_on": row.group_qr_expires_on,
        }

    def clean_street_contact_in_on(self):
        day = self.cleaned_data["street_contact_in_on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError("入群日期不能晚于今天。")
        return day

    @property
    def for_service(self) -> dict:
        """The arguments of services.teams.check_group; `branches` is {pk: whether ticked} of all shown branches."""
        ticked = {branch.pk for branch in self.cleaned_data["branches"]}
        shown = self.fields["branches"].queryset
        return {
            "branches": {branch.pk: branch.pk in ticked for branch in shown},
            "street_contact_in_on": self.cleaned_data["street_contact_in_on"],
            "expires_on": self.cleaned_data["expires_on"],
        }


def _read_group_checks(team: ServiceTeam) -> dict[int, bool]:
    """Return {branch: whether its tick still counts today}."""
    return dict(team.group_checks.with_validity(timezone.localdate()).values_list("branch", "is_valid"))


class RemovalForm(forms.Form):
    reason = forms.CharField(label="移出原因", max_length=200, help_text="会记入修改记录，本人也能看到。")
