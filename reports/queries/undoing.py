"""Results that counted what an import wrote: they are published, so the import is no longer undone."""

from collections.abc import Iterator

from django.db import connection
from django.db.models import F
from django.db.models.functions import Coalesce

from members.models import ImportRun, Member
from members.models.history import event_rows
from members.transfer.services.imports.built_on import NAMED, Built
from reports.models import AppraisalGrade, Assessment, Bulletin, Commended, ExcellentException, Nomination

# The people whom the run wrote about, by themselves or by a record.
PEOPLE = """
SELECT id FROM undo_rows WHERE label = 'members.member'
UNION SELECT r.member_id FROM activities_servicerecord r
JOIN undo_rows u ON u.label = 'activities.servicerecord' AND u.id = r.id
"""
# Results of single people, and in which words a person has one.
GRADED = (
    (AppraisalGrade, "已评定评议等次"),
    (Nomination, "已申报荣誉"),
    (ExcellentException, "已申请评优例外"),
)


def list_results(run: ImportRun) -> Iterator[Built]:
    """Yield the bulletins, assessments, appraisals, honours and commendations made since the import."""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE)
        people = [pk for (pk,) in cursor.fetchall()]
    if people:
        yield from _list_results_of_school(run)
        yield from _list_results_of_people(run, people)


def _list_results_of_school(run: ImportRun) -> Iterator[Built]:
    """Yield the results of the whole school: its people, registrations and hours are counted in them."""
    since = run.confirmed_at
    issues = Bulletin.objects.annotate(at=Coalesce("issued_at", "as_of")).filter(
        school=run.school, at__gt=since
    )
    for issue in issues.order_by("at", "pk") if run.kind != ImportRun.Kind.HOURS else ():
        yield Built(f"已计入发布的“{issue}”", issue.get_absolute_url())
    for result in Assessment.objects.filter(year__school=run.school, as_of__gt=since).order_by("pk"):
        yield Built(f"已计入锁定的“{result}”", result.get_absolute_url())


def _list_results_of_people(run: ImportRun, people: list[int]) -> Iterator[Built]:
    since = run.confirmed_at
    for model, words in GRADED:
        made = event_rows(model).filter(pgh_label="insert", pgh_created_at__gt=since, member__in=people)
        yield from _name_people(made.values_list("member", flat=True), words)
    named = Commended.objects.filter(member__in=people)
    issued = named.annotate(at=Coalesce("commendation__issued_at", F("commendation__created_at")))
    yield from _name_people(issued.filter(at__gt=since).values_list("member", flat=True), "已列入表彰")


def _name_people(found, words: str) -> Iterator[Built]:
    ids = sorted(set(found))
    for member in Member.objects.filter(pk__in=ids[:NAMED]).order_by("pk"):
        yield Built(f"{member}{words}", member.get_absolute_url())
    if len(ids) > NAMED:
        yield Built(f"另有 {len(ids) - NAMED} 人{words}")
