"""The lists of verdicts, appraisals, honours and applicants."""

from members.tables import Column, Listing, ListQuery, Sheet
from reports.forms.eligibility import EligibilityFilter
from reports.queries.eligibility import JudgedMember
from reports.queries.standings import ORDERS, standing_at
from reports.services.eligibility import judge, judge_in_chunks
from reports.workbooks.verdicts import VERDICT_HEADER, verdict_row

# --- 评优资格 ---------------------------------------------------------------------------------------------------


def find_verdicts(query: ListQuery) -> list[JudgedMember]:
    """The verdicts of the chosen standing."""
    year = query.form.of_year
    judged = judge(query.form.people, year) if year and query.is_valid else ()
    return list(standing_at(judged, query.wanted.get("standing", "")))


def verdicts_sheet(query: ListQuery) -> Sheet:
    """Verdicts, judged some people at a time; a standing is known only then, so all are looked at."""
    form, year = query.form, query.form.of_year
    standing = query.wanted["standing"]
    return Sheet(
        title="评优资格",
        filename=f"评优资格-{year.year}.xlsx",
        header=VERDICT_HEADER,
        total=form.people.count(),
        batches=(
            (len(judged), [verdict_row(row) for row in standing_at(judged, standing)])
            for judged in judge_in_chunks(form.people, year)
        ),
    )


ELIGIBILITY = Listing(
    name="eligibility",
    title="评优资格",
    action="eligibility.view",
    export_action="eligibility.export",
    filter_form=EligibilityFilter,
    rows=find_verdicts,
    columns=(
        Column("name", "姓名", ORDERS["name"]),
        Column("number", "学号", ORDERS["number"]),
        Column("branch", "学院与团支部", ORDERS["branch"]),
        Column("registered", "注册", ORDERS["registered"]),
        Column("minutes", "确认时长", ORDERS["minutes"], numeric=True),
        Column("missing", "评优资格", ORDERS["missing"]),
        Column("honour", "荣誉"),
    ),
    unit="人",
    sheet=verdicts_sheet,
    on_command=True,
)
