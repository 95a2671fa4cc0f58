"""Form of an activity for the organiser, and the filters of the organiser's list."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from activities.models import Activity
from activities.rules.signups import build_default_times
from activities.services.activities import COPIED, MOST_WEEKS, TIMES
from members.forms.labels import LabelField
from members.forms.seen import SeenFormMixin
from members.lists import ListFilter
from members.sheets.cells import CellError, clean_number

POST_LINE = re.compile(r"(?P<name>.+?)[\s,，:：]+(?P<capacity>\d{1,4})\s*[人名]?")
MOST_POSTS = 20
MOST_PLACES = 9999
STATES = [
    ("", "全部"),
    ("ahead", "未结束"),
    ("past", "已结束"),
    ("unsettled", "已结束，考勤待处理"),
    ("paused", "已暂停"),
    ("draft", "未发布"),
    ("cancelled", "已取消"),
]


class ActivityFilter(ListFilter):
    q = forms.CharField(label="活动、地点或项目", max_length=60, required=False)
    state = forms.ChoiceField(label="状态", choices=STATES, required=False)

    def narrow(self, activities, *, now):
        """Return the activities that match; none if the filter is invalid."""
        if not self.is_valid():
            return activities.none()
        found, is_open = activities.search(self.cleaned_data["q"]), {"state": Activity.State.OPEN}
        match self.cleaned_data["state"]:
            case "ahead":
                return found.filter(ends_at__gt=now, **is_open)
            case "past":
                return found.filter(ends_at__lte=now, **is_open)
            case "unsettled":
                return found.filter(ends_at__lte=now, closed_at=None, **is_open)
            case "paused":
                return found.exclude(pause="").filter(**is_open)
            case "draft" | "cancelled" as state:
                return found.filter(state=state)
        return found


class MomentField(forms.DateTimeField):
    """A day and time from the browser's picker, in Beijing time."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def validate(self, value):
        super().validate(value)
        # The year is mistyped; at the ends of the calendar there is also no hour before or after.
        if value and not 2000 <= value.year < 2100:
            raise ValidationError("请核对年份。")


class ActivityForm(SeenFormMixin, forms.Form):
    """An activity's plan.

    Empty times take their usual distance from the beginning; moving the beginning moves them.
    """

    name = LabelField(label="活动名称", max_length=80)
    place = forms.CharField(label="地点", max_length=200, help_text="写到门牌或楼层，方便第一次来的同学。")
    starts_at = MomentField(label="开始时间")
    ends_at = MomentField(label="结束时间")
    capacity = forms.IntegerField(
        label="名额",
        min_value=1,
        max_value=MOST_PLACES,
        required=False,
        help_text="分岗位的，按各岗位人数合计。",
    )
    posts = forms.CharField(
        label="岗位",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "登记 2\n引导 3"}),
        help_text="不分岗位则不填。每行一个岗位和人数，例如“引导 3”。",
    )
    walk_ins = forms.BooleanField(
        label="允许现场加入", required=False, help_text="没有报名的同学到场后也能签入，前提是还有名额。"
    )
    stewards = forms.CharField(
        label="现场负责人学号",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="可以打开这次活动的签到页面、登记签到的同学；用空格或换行分开。",
    )
    signup_opens_at = MomentField(label="报名开始", required=False, help_text="不填则立即开始。")
    signup_closes_at = MomentField(label="报名截止", required=False, help_text="不填则为开始前 24 小时。")
    cancel_until = MomentField(label="取消报名截止", required=False, help_text="不填则与报名截止相同。")
    check_in_opens_at = MomentField(label="签入开始", required=False, help_text="不填则为开始前 30 分钟。")
    check_in_closes_at = MomentField(label="签入截止", required=False, help_text="不填则为开始后 30 分钟。")
    check_out_closes_at = MomentField(label="签出截止", required=False, help_text="不填则为结束后 60 分钟。")
    location_check = forms.BooleanField(
        label="核对签到位置", required=False, help_text="只记录“在范围内”或“不在范围内”，不保存位置。"
    )
    latitude = forms.DecimalField(
        label="中心点纬度", required=False, min_value=-90, max_value=90, max_digits=8, decimal_places=5
    )
    longitude = forms.DecimalField(
        label="中心点经度", required=False, min_value=-180, max_value=180, max_digits=8, decimal_places=5
    )
    radius_m = forms.IntegerField(
        label="签到范围（米）", required=False, initial=500, min_value=50, max_value=20_000
    )

    certain = forms.BooleanField(
        label="已看过时间冲突的同学，仍要改到这个时间", required=False, widget=forms.HiddenInput
    )

    MAIN = ("name", "place", "starts_at", "ends_at", "capacity", "posts", "walk_ins", "stewards", "certain")

    def __init__(
        self, data=None, *, activity: Activity | None = None, like: Activity | None = None, initial=None
    ):
        """`activity`: the values to begin with; `like`: the saved activity that it is an unsaved copy of."""
        self.activity = activity
        if activity:
            initial = self.read_row(activity, like)
        super().__init__(data, initial=initial)

    def read_row(self, row: Activity, like: Activity | None = None) -> dict:
        return {name: getattr(row, name) for name in (*COPIED, *TIMES)} | self._read_related(like or row)

    @staticmethod
    def _read_related(activity: Activity) -> dict:
        posts = activity.posts.values_list("name", "capacity")
        stewards = activity.stewards.values_list("student_no", flat=True)
        return {
            "posts": "\n".join(f"{name} {capacity}" for name, capacity in posts),
            "stewards": "\n".join(stewards),
        }

    def add_error(self, field, error):
        """Show the box for clashes only where a service has asked about them."""
        super().add_error(field, error)
        if "certain" in self.errors:
            self.fields["certain"].widget = forms.CheckboxInput()

    @property
    def main_fields(self):
        return [self[name] for name in self.MAIN if not self[name].is_hidden]

    @property
    def further_fields(self):
        """Return the fields in the folded part: for most activities the usual values are right."""
        return [field for field in self.visible_fields() if field.name not in self.MAIN]

    @property
    def further_has_errors(self) -> bool:
        return any(field.errors for field in self.further_fields)

    def clean_posts(self) -> dict[str, int]:
        posts: dict[str, int] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["posts"].splitlines())):
            found = POST_LINE.fullmatch(line)
            if not found or not int(found["capacity"]) or len(found["name"].strip()) > 40:
                raise ValidationError(f"没有看懂“{line}”，请写成“岗位 人数”，例如“引导 3”。")
            if found["name"].strip() in posts:
                raise ValidationError(f"岗位“{found['name'].strip()}”写了两次。")
            posts[found["name"].strip()] = int(found["capacity"])
        if len(posts) > MOST_POSTS:
            raise ValidationError(f"岗位最多 {MOST_POSTS} 个。")
        return posts

    def clean_stewards(self) -> list[str]:
        try:
            numbers = [
                clean_number(word) for word in re.split(r"[\s,，、;；]+", self.cleaned_data["stewards"])
            ]
        except CellError as error:
            raise ValidationError(str(error)) from error
        return list(dict.fromkeys(filter(None, numbers)))

    def clean(self):
        entered = super().clean() or {}
        if posts := entered.get("posts"):
            entered["capacity"] = sum(posts.values())
            if entered["capacity"] > MOST_PLACES:
                self.add_error("posts", f"各岗位人数之和不能超过 {MOST_PLACES}。")
        elif "posts" in entered and "capacity" in entered and not entered["capacity"]:
            self.add_error("capacity", "请填写名额。")
        entered["radius_m"] = entered.get("radius_m") or 500
        if entered.get("starts_at") and entered.get("ends_at"):
            self._complete_times(entered)
        return entered

    def _complete_times(self, entered: dict) -> None:
        """Move unchanged times with the beginning; give empty ones the usual distance."""
        starts, ends = entered["starts_at"], entered["ends_at"]
        now = timezone.now().replace(second=0, microsecond=0)
        usual = build_default_times(now=now, starts=starts, ends=ends)
        for name, default in usual.items():
            if not entered.get(name):
                entered[name] = default
            elif self.activity and name not in self.changed_data and name != "signup_opens_at":
                anchor = "ends_at" if name == "check_out_closes_at" else "starts_at"
                distance = getattr(self.activity, name) - getattr(self.activity, anchor)
                entered[name] = entered[anchor] + distance

    @property
    def for_service(self) -> dict:
        """Return the arguments of services.activities.create and edit."""
        entered = dict(self.cleaned_data)
        answer = {"certain": entered.pop("certain")}  # only a change asks about clashes
        return {
            "posts": entered.pop("posts"),
            "stewards": entered.pop("stewards"),
            "values": entered,
            **(answer if self.activity and self.activity.pk else {}),
        }


class CallOffForm(forms.Form):
    reason = forms.CharField(label="取消原因", max_length=200, help_text="会通知所有已报名和候补的同学。")


class RepeatForm(forms.Form):
    weeks = forms.IntegerField(
        label="再重复几周",
        min_value=1,
        max_value=MOST_WEEKS,
        initial=3,
        help_text="每周同一时间各建一次活动。",
    )
