"""Form for signing up, and the filters of 活动 on the phone."""

from django import forms

from activities.models import Activity, Post, SignUp
from members.lists import ListFilter

WHICH = [("", "可报名"), ("mine", "我的报名"), ("past", "往期"), ("all", "全部")]
KINDS = [("", "全部"), ("street", "街乡服务"), ("other", "其他服务")]


class OfferFilter(ListFilter):
    which = forms.ChoiceField(label="显示", choices=WHICH, required=False)
    kind = forms.ChoiceField(label="类别", choices=KINDS, required=False)

    def narrow(self, activities, *, member_id: int, now):
        """Return the activities that match; none if the filter is invalid."""
        if not self.is_valid():
            return activities.none()
        found = activities
        if kind := self.cleaned_data["kind"]:
            found = found.filter(project__kind=kind)
        held = SignUp.objects.filter(member=member_id).exclude(
            state__in=(SignUp.State.CANCELLED, SignUp.State.REMOVED)
        )
        match self.cleaned_data["which"]:
            case "mine":
                return found.filter(pk__in=held.values("activity"))
            case "past":
                return found.filter(ends_at__lte=now)
            case "all":
                return found
        return found.filter(ends_at__gt=now, state="open")


class OfActivityFilter(ListFilter):
    """Filter for the people of one activity, whose id is in the path."""

    activity = forms.ModelChoiceField(Activity.objects.none(), label="活动", widget=forms.HiddenInput)

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        self.fields["activity"].queryset = Activity.objects.visible_to(user, action)

    @property
    def of_activity(self) -> Activity | None:
        """Return the activity if the user may do the action there, else None."""
        self.is_valid()
        return self.cleaned_data.get("activity")


class SignUpForm(forms.Form):
    """The choice of a post, if the activity has posts."""

    post = forms.ModelChoiceField(
        Post.objects.none(), label="岗位", empty_label=None, widget=forms.RadioSelect, required=True
    )

    def __init__(self, data=None, *, posts, left: dict[int, int]):
        super().__init__(data)
        if not posts:
            del self.fields["post"]
            return
        self.fields["post"].queryset = posts
        self.fields["post"].label_from_instance = lambda post: (
            f"{post.name}（{f'还有 {left[post.pk]} 个名额' if left[post.pk] > 0 else '已满，可候补'}）"
        )

    @property
    def post_id(self) -> int | None:
        post = self.cleaned_data.get("post")
        return post.pk if post else None


class RemoveForm(forms.Form):
    reason = forms.CharField(label="移出原因", max_length=200, help_text="本人会收到通知，并能看到原因。")
