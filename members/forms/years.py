"""The forms of a year's rules, in the groups of the notice."""

from django import forms

from members.calendar import YEAR_RANGES, duration_text, semesters_problem, year_problems
from members.forms.seen import ConflictError, SeenFormMixin
from members.models import Semester, ServiceYear
from members.models.years import Source

# Title, clause, text of the clause, fields. The page and the form use this order.
GROUPS = (
    (
        "组织梳理",
        "三（一）",
        "9月20日至9月25日，梳理学院团委与团支部的隶属关系。",
        ("tidy_starts_on", "tidy_ends_on"),
    ),
    (
        "团员注册与通报",
        "三（二）",
        "9月26日至10月10日集中注册；10月10日起每两天公布各学院注册完成情况。",
        (
            "registration_starts_on",
            "registration_ends_on",
            "bulletin_anchor",
            "bulletin_first_number",
            "bulletin_interval_days",
            "bulletin_ends_on",
        ),
    ),
    (
        "街乡结对",
        "三（三）、二（三）",
        "10月15日至10月26日先到先得；城郊比例 7:3；城区街乡最多对接 5 个、郊区 3 个；三日内完成线下结对。"
        "与上级为我校分配的街乡对接，每个学院对接一个街乡。",
        (
            "pairing_opens_at",
            "pairing_closes_at",
            "urban_quota",
            "suburban_quota",
            "urban_cap",
            "suburban_cap",
            "offline_days",
            "streets_assigned",
            "streets_shared",
        ),
    ),
    (
        "志愿服务与时长确认",
        "三（四）",
        "11月30日前，以学院为单位组织至少 1 次志愿服务活动；学院团委审核确认时长。",
        ("first_service_by", "daily_cap_minutes", "confirm_working_days"),
    ),
    (
        "年度时长与团员评议",
        "二（二）、二（三）",
        "全年不少于 20 小时；未注册或未达时长的，评议原则上不能为优秀。优秀比例上限见中青发〔2017〕5号。",
        (
            "required_minutes",
            "appraisal_sources",
            "longest_counts",
            "semester_visit_is_gate",
            "excellent_quota_percent",
        ),
    ),
    (
        "发展团员",
        "二（一）",
        "以志愿服务记录和时长作为培养考察依据，写入《入团志愿书》。",
        ("admission_sources",),
    ),
    (
        "考核与荣誉",
        "二（二）、四.3",
        "注册比例低于 95% 的团支部不得参评校级以上荣誉；未注册或未达 20 小时的团员，不得参评校级（二（二）为市级）以上荣誉。",
        ("floor_percent", "branch_honour_floor", "member_honour_floor"),
    ),
)
SEMESTERS = (
    "学期",
    "二（三）",
    "每名学生每学期至少参加 1 次对接街乡的志愿服务；一次服务按日期计入所在学期。",
)


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class MomentInput(forms.DateTimeInput):
    """Date and time to the second: streets are given first come, first served."""

    input_type = "datetime-local"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%dT%H:%M:%S", attrs={"step": "1"}, **kwargs)


class SourcesField(forms.MultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs):
        super().__init__(choices=Source.choices, **kwargs)


class YearForm(SeenFormMixin, forms.ModelForm):
    """All dates and thresholds of a year. `locked`: names of the fields that may no longer change."""

    appraisal_sources = SourcesField(label="评议认定的时长来源")
    admission_sources = SourcesField(label="发展团员认定的时长来源")

    class Meta:
        model = ServiceYear
        fields = [name for *_, names in GROUPS for name in names]
        help_texts = {
            "bulletin_first_number": "不填则从第 1 期编起；以后每个通报日加一期。首期发布后不能再改。"
        }

    def __init__(self, *args, locked=frozenset(), **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.DateTimeField):
                field.widget = MomentInput()
            elif isinstance(field, forms.DateField):
                field.widget = DayInput()
            if name in YEAR_RANGES:
                field.widget.attrs["min"], field.widget.attrs["max"] = YEAR_RANGES[name]
            if name.endswith("_minutes"):
                field.help_text = f"60 分钟为 1 小时；现为 {duration_text(getattr(self.instance, name))}。"
            if name in locked:
                field.disabled = True
                field.help_text = "本年度已发布通报，不能再改。"

    def clean(self):
        cleaned = super().clean()
        for name, problem in year_problems(cleaned or {}, year=self.instance.year).items():
            self.add_error(name, problem)
        return cleaned

    def read_row(self, row: ServiceYear) -> dict:
        return forms.model_to_dict(row, self.Meta.fields)

    @property
    def groups(self):
        """The groups of the page as (title, clause, text of the clause, bound fields)."""
        return [(*head, [self[name] for name in names]) for *head, names in GROUPS]

    @property
    def changes(self) -> dict:
        """The fields changed on the page only, so that two people who edit different rules do not undo each other."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class SemesterForm(SeenFormMixin, forms.ModelForm):
    class Meta:
        model = Semester
        fields = ["name", "starts_on", "ends_on"]
        widgets = {"starts_on": DayInput(), "ends_on": DayInput()}

    def read_row(self, row: Semester) -> dict:
        return forms.model_to_dict(row, self.Meta.fields)

    def clean(self):
        cleaned = super().clean()
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and (problem := semesters_problem([(starts_on, ends_on)])):
            self.add_error("ends_on", problem)
        return cleaned


class _SemesterFormSet(forms.BaseInlineFormSet):
    def clean(self):
        super().clean()
        if any(form.errors for form in self.forms):
            return
        days = [(form.cleaned_data["starts_on"], form.cleaned_data["ends_on"]) for form in self.forms]
        if problem := semesters_problem(days):
            raise forms.ValidationError(problem)

    @property
    def changes(self) -> dict[int, dict]:
        """The changed fields of each semester, as {pk: {field: value}}."""
        return {
            form.instance.pk: {name: form.cleaned_data[name] for name in form.changed_data}
            for form in self.forms
            if form.has_changed()
        }


SemesterFormSet = forms.inlineformset_factory(
    ServiceYear, Semester, form=SemesterForm, formset=_SemesterFormSet, extra=0, can_delete=False
)


def require_year_unchanged(year: ServiceYear, form: YearForm, semesters) -> None:
    """Compare the locked year and its semesters with what the page showed; mark all conflicts, then raise ConflictError."""
    kept = {semester.pk: semester for semester in year.semesters.all()}
    pairs = [(form, year), *((each, kept.get(each.instance.pk)) for each in semesters.forms)]
    conflicts = 0
    for each, row in pairs:
        try:
            if row is not None:
                each.require_unchanged(row)
        except ConflictError:
            conflicts += 1
    if conflicts:
        raise ConflictError
