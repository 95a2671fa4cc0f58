"""The filters of the pairings and the board, and the forms of the offline meeting, the release and the move."""

from functools import cached_property

from django import forms
from django.utils import timezone

from members.forms.registration import DayField
from members.forms.seen import SeenFormMixin
from members.lists import ListFilter
from members.models import College, Street
from pairing.forms.choices import NotedSelect
from pairing.models import Pairing
from pairing.pictures import reencode_as_jpeg
from pairing.queries.board import STEPS, Line, build_board

KINDS = [("", "全部"), *Street.Kind.choices]
STATES = [
    ("", "全部"),
    ("pending", "待线下结对"),
    ("overdue", "线下结对逾期"),
    ("confirmed", "已完成线下结对"),
    ("over", "街乡超出上限"),
    ("released", "已解除"),
]
BOARD_STATES = [
    ("", "全部"),
    *((key, f"停在：{name}") for key, name in STEPS),
    ("overdue", "线下结对逾期"),
    ("done", "全部完成"),
]


class PairingFilter(ListFilter):
    q = forms.CharField(label="学院或街乡", max_length=40, required=False)
    kind = forms.ChoiceField(label="类型", choices=KINDS, required=False)
    state = forms.ChoiceField(label="状态", choices=STATES, required=False)


class BoardFilter(ListFilter):
    """Filters of the board. `lines`: the board of the current year before any filter; empty without a year."""

    q = forms.CharField(label="学院或街乡", max_length=40, required=False)
    kind = forms.ChoiceField(label="结对码类型", choices=KINDS, required=False)
    state = forms.ChoiceField(label="进度", choices=BOARD_STATES, required=False)

    @cached_property
    def lines(self) -> list[Line]:
        if (year := self.user.current_year) is None:
            return []
        colleges = College.objects.visible_to(self.user, self.action).filter(school=year.school_id)
        return build_board(year, colleges=colleges, today=timezone.localdate())


class ConfirmOfflineForm(SeenFormMixin, forms.Form):
    """The offline meeting of 三(三)1: its date, the people present, and a picture."""

    on = DayField(label="线下结对日期")
    people = forms.CharField(
        label="到场人员",
        max_length=200,
        help_text="学院和街乡双方到场的人，例如“张老师、李书记（街道团工委）”。",
    )
    note = forms.CharField(
        label="情况说明", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    proof = forms.FileField(
        label="照片或扫描件",
        help_text="JPG、PNG 或 WebP，不超过 10 MB。保存时会缩小，并去掉拍摄地点等附带信息。",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    def __init__(self, *args, pairing):
        super().__init__(*args, initial=self.read_row(pairing))
        if pairing.proof:
            self.fields["proof"].required = False
            self.fields["proof"].label = "换一张照片或扫描件"

    def read_row(self, row: Pairing) -> dict:
        return {"on": row.offline_on, "people": row.offline_people, "note": row.offline_note}

    def clean_proof(self) -> bytes | None:
        upload = self.cleaned_data["proof"]
        return reencode_as_jpeg(upload) if upload else None


class ReleaseForm(forms.Form):
    reason = forms.CharField(label="解除原因", max_length=200, help_text="会记入修改记录，学院可以看到。")


WHY_NOT = {"full": "名额已满", "mine": "本校已有学院结对", "foreign": "不在分配给我校的名单中"}


class MoveForm(forms.Form):
    street = forms.ModelChoiceField(
        Street.objects.none(),
        label="改为对接",
        empty_label="请选择街乡",
        error_messages={"invalid_choice": "这个街乡不能选择，请刷新后重试。"},
        widget=NotedSelect,
    )
    reason = forms.CharField(label="调整原因", max_length=200, help_text="会记入修改记录，学院可以看到。")

    def __init__(self, *args, pairing, rows: list[dict]):
        """`rows`: the rows of the hall in the year of the pairing."""
        super().__init__(*args)
        streets = Street.objects.filter(kind=pairing.code.kind).exclude(pk=pairing.street_id)
        self.fields["street"].queryset = streets
        self.fields["street"].widget.notes = {
            row["id"]: (f"剩余 {row['left']} 个" if row["open"] else WHY_NOT[row["state"]], row["open"])
            for row in rows
        }
        self.has_room = any(
            row["open"] and row["kind"] == pairing.code.kind and row["id"] != pairing.street_id
            for row in rows
        )

    @property
    def for_service(self) -> dict:
        """The arguments of services.pairings.move."""
        return {"street_id": self.cleaned_data["street"].pk, "reason": self.cleaned_data["reason"]}
