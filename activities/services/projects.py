"""三(四)3: a project from draft to publication; at the street only with the street's agreement."""

from datetime import date, datetime, timedelta

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, Project, ProjectReply
from activities.services.pauses import lock_ahead_of, refresh_pauses
from members.models import College, ServiceYear, Street
from members.queries.receivers import build_college_office, build_liaison_office
from members.services.notify import notify
from members.services.unchanged import Check, accept_all
from pairing.models import Pairing, ServiceTeam
from pairing.services.posts import require_street_side

State, Kind = Project.State, Project.Kind
# The fields that the street agrees to. The contact at the college is not one of them.
AGREED_UPON = ("name", "purpose", "content", "starts_on", "ends_on", "people_needed")
TWICE_WITHIN = timedelta(minutes=1)
NOT_FOUND = "没有找到这个项目，或您不能修改它。"


@transaction.atomic
def draft_project(*, user, college_id: int, kind: str, values: dict) -> Project:
    """Create a project of the college; service at the street belongs to the college's present team."""
    colleges = College.objects.visible_to(user, "project.edit").select_related("school")
    # Releasing or moving the pairing locks the college too, so the street read below is the present one.
    college = colleges.select_for_update(of=("self",)).filter(pk=college_id).first()
    if college is None:
        raise ValidationError({"college": "没有找到这个学院，或您不能为它建立项目。"})
    year = _get_project_year(college, values["starts_on"])
    team = None
    if kind == Kind.STREET:
        teams = ServiceTeam.objects.joinable().select_related("pairing__street")
        team = teams.filter(pairing__college=college).first()
        if team is None:
            raise ValidationError({"kind": "本学院还没有与街乡结对，暂时只能建立其他志愿服务。"})
    _refuse_wrong_dates(values)
    _refuse_duplicate_project(college, values)
    with pghistory.context(user=user.pk):
        return Project.objects.create(
            **values,
            year=year,
            college=college,
            kind=kind,
            team=team,
            street=team.pairing.street if team else None,
            created_by=user,
        )


@transaction.atomic
def edit_project(
    *,
    user,
    project_id: int,
    values: dict,
    unchanged: Check = accept_all,
    now: datetime | None = None,
) -> Project:
    """Change a project; a change of what the street was asked or has agreed to goes to it again.

    Its activities pause until the street agrees.

    `unchanged` refuses if the page showed something else.
    """
    now = now or timezone.now()
    activities = lock_ahead_of([project_id], now=now)
    project = _lock_project(user, project_id, "project.edit")
    unchanged(project)
    if project.state == State.CLOSED:
        raise ValidationError("项目已结束，不能再修改。")
    _refuse_wrong_dates(values)
    _refuse_dates_without_activities(project, values)
    if values["starts_on"].year != project.starts_on.year:
        project.year = _get_project_year(project.college, values["starts_on"])
    changed = {name for name, value in values.items() if getattr(project, name) != value}
    if not changed:
        return project
    for name in changed:
        setattr(project, name, values[name])
    anew = needs_agreement_again(project) and not changed.isdisjoint(AGREED_UPON)
    with pghistory.context(user=user.pk):
        if anew:
            require_paired_street(project)
            _submit_to_street(project, user=user, text="内容有修改，请重新确认。", now=now)
            refresh_pauses(activities, now=now, why="项目内容有修改，街乡还没有重新确认")
        else:
            project.save()
    return project


def needs_agreement_again(project: Project) -> bool:
    """Must a change of content be put to the street again?"""
    return project.kind == Kind.STREET and project.state in (State.PROPOSED, State.AGREED, State.PUBLISHED)


@transaction.atomic
def propose_project(*, user, project_id: int, text: str = "", now: datetime | None = None) -> Project:
    """Put a draft, or a project with requested changes, to the street."""
    project = _lock_project(user, project_id, "project.edit")
    if project.kind != Kind.STREET:
        raise ValidationError("其他志愿服务不需要街乡确认，可以直接发布。")
    if project.state not in (State.DRAFT, State.CHANGES):
        raise ValidationError("这个项目已经提交街乡。")
    require_paired_street(project)
    with pghistory.context(user=user.pk):
        _submit_to_street(project, user=user, text=text.strip(), now=now or timezone.now())
    return project


@transaction.atomic
def answer_proposal(
    *, user, project_id: int, agrees: bool, text: str, seen: int, now: datetime | None = None
) -> Project:
    """Save the street's answer: it agrees or asks for changes.

    `seen` is the id of the proposal that the street has read; ValidationError (code "stale") if there is a
    newer one. Activities that paused go on with the agreement.
    """
    now = now or timezone.now()
    activities = lock_ahead_of([project_id], now=now)
    project = _lock_project(user, project_id, "project.agree")
    if project.state != State.PROPOSED:
        raise ValidationError("这个项目现在不需要答复，请刷新后查看。")
    latest = project.replies.order_by("at", "pk").last()
    if latest is None or latest.pk != seen:
        raise ValidationError("项目内容刚有修改，请看过最新内容再答复。", code="stale")
    require_paired_street(project)
    require_street_side(user, school=project.college.school, street_id=project.street_id)
    if not agrees and not text.strip():
        raise ValidationError({"text": "请写明希望怎样修改。"})
    if agrees:
        project.agreed_at, project.agreed_by = now, user
        # The project was published before the change: the new agreement publishes it again.
        project.state = State.PUBLISHED if project.published_at else State.AGREED
    else:
        project.state = State.CHANGES
    kind = ProjectReply.Kind.AGREED if agrees else ProjectReply.Kind.CHANGES
    with pghistory.context(user=user.pk):
        project.save()
        reply = project.replies.create(kind=kind, text=text.strip(), by=user, at=now)
        refresh_pauses(activities, now=now)
    _notify_college_of_reply(project, reply)
    return project


@transaction.atomic
def withdraw_agreement(*, user, project_id: int, text: str, now: datetime | None = None) -> Project:
    """Take back the street's agreement with a reason: activities ahead pause until it agrees again."""
    now = now or timezone.now()
    activities = lock_ahead_of([project_id], now=now)
    project = _lock_project(user, project_id, "project.agree")
    if project.kind != Kind.STREET or project.state not in (State.AGREED, State.PUBLISHED):
        raise ValidationError("这个项目现在没有街乡的同意，不需要撤回。")
    require_paired_street(project)
    require_street_side(user, school=project.college.school, street_id=project.street_id)
    if not text.strip():
        raise ValidationError({"text": "请写明撤回的原因，学院会看到。"})
    project.state, project.agreed_at, project.agreed_by = State.CHANGES, None, None
    with pghistory.context(user=user.pk, reason=text.strip()[:200]):
        project.save()
        kind = ProjectReply.Kind.WITHDRAWN
        reply = project.replies.create(kind=kind, text=text.strip(), by=user, at=now)
        refresh_pauses(activities, now=now, why="街乡撤回了对项目的同意")
    _notify_college_of_reply(project, reply)
    return project


@transaction.atomic
def publish_project(*, user, project_id: int, now: datetime | None = None) -> Project:
    """Publish the project; at the street only after the street's agreement. Raises ValidationError."""
    project = _lock_project(user, project_id, "project.edit")
    ready = State.AGREED if project.kind == Kind.STREET else State.DRAFT
    if project.state == State.PUBLISHED:
        raise ValidationError("这个项目已经发布。")
    if project.state != ready:
        raise ValidationError(
            "街乡同意后才能发布。" if project.kind == Kind.STREET else "项目已结束，不能发布。"
        )
    if project.kind == Kind.STREET:
        require_paired_street(project)
    project.state, project.published_at = State.PUBLISHED, now or timezone.now()
    with pghistory.context(user=user.pk):
        project.save(update_fields=["state", "published_at"])
    return project


@transaction.atomic
def close_project(*, user, project_id: int, now: datetime | None = None) -> Project:
    """Close the project for new activities.

    Future activities must be cancelled first, since people rely on them.
    """
    project = _lock_project(user, project_id, "project.edit")
    if project.state == State.CLOSED:
        raise ValidationError("这个项目已经结束。")
    ahead = project.activities.filter(state=Activity.State.OPEN, ends_at__gt=now or timezone.now())
    if ahead.exists():
        raise ValidationError("还有已发布、尚未结束的活动，请先取消活动，或等活动结束。")
    project.state = State.CLOSED
    with pghistory.context(user=user.pk):
        project.save(update_fields=["state"])
    return project


def move_project_to_street(
    project: Project, *, before: Street | None, street: Street, user, now: datetime
) -> None:
    """Give the project the pairing's new street; an agreement of the former street has to be given anew.

    The caller has locked the project.
    """
    project.street = street
    if needs_agreement_again(project):
        _submit_to_street(project, user=user, text=f"结对街乡由{before}改为{street}，请重新确认。", now=now)
    elif project.state != State.CLOSED:
        project.save(update_fields=["street"])


def _lock_project(user, project_id: int, action: str) -> Project:
    """Lock a project in the scope of the action. Raises ValidationError."""
    seen = Project.objects.visible_to(user, action).select_for_update(of=("self",))
    project = seen.select_related("street", "college__school").filter(pk=project_id).first()
    if project is None:
        raise ValidationError(NOT_FOUND)
    return project


def _get_project_year(college: College, starts_on: date) -> ServiceYear:
    year = ServiceYear.objects.filter(school=college.school_id, year=starts_on.year).first()
    if year is None:
        raise ValidationError({"starts_on": f"{starts_on.year} 年度还没有开设，请联系校团委办理年度结转。"})
    return year


def _refuse_wrong_dates(values: dict) -> None:
    if values["ends_on"] < values["starts_on"]:
        raise ValidationError({"ends_on": "结束日期不能早于开始日期。"})


def _refuse_dates_without_activities(project: Project, values: dict) -> None:
    """Refuse a period that leaves out activities of the project, as planning them outside it is refused."""
    days = [
        timezone.localdate(at)
        for at in project.activities.exclude(state=Activity.State.CANCELLED).values_list(
            "starts_at", flat=True
        )
    ]
    if early := [day for day in days if day < values["starts_on"]]:
        raise ValidationError({"starts_on": f"已有 {min(early)} 的活动，开始日期不能晚于这一天。"})
    if late := [day for day in days if day > values["ends_on"]]:
        raise ValidationError({"ends_on": f"已有 {max(late)} 的活动，结束日期不能早于这一天。"})


def _refuse_duplicate_project(college: College, values: dict) -> None:
    """Refuse a duplicate form; since the college is locked, the second of two requests sees the first."""
    just_now = timezone.now() - TWICE_WITHIN
    same = Project.objects.filter(college=college, name=values["name"], starts_on=values["starts_on"])
    if same.filter(created_at__gt=just_now).exists():
        raise ValidationError({"name": "刚刚已经建立了同名的项目，请在项目列表中查看，不要重复提交。"})


def is_street_paired(project: Project) -> bool:
    """Return whether the project's street is paired with its team now; true for other service."""
    paired = Pairing.objects.active().filter(team=project.team_id, street=project.street_id)
    return project.team_id is None or paired.exists()


def require_paired_street(project: Project) -> None:
    """Refuse if the project's street is no longer paired with its team.

    Read after the project is locked: a release or move is either seen here or sees the project as it is left
    here.
    """
    if not is_street_paired(project):
        raise ValidationError("与这个街乡的结对已经解除，项目不能再提交或发布。")


def _submit_to_street(project: Project, *, user, text: str, now: datetime) -> None:
    """Save the project as proposed and tell the street."""
    project.state, project.agreed_at, project.agreed_by = State.PROPOSED, None, None
    project.save()
    reply = project.replies.create(kind=ProjectReply.Kind.PROPOSED, text=text, by=user, at=now)
    assert project.street_id is not None  # only service at a street is submitted
    notify(
        build_liaison_office(project.street_id, project.college.school_id),
        "project_proposed",
        reverse("project", args=[project.pk]),
        key=f"project:{project.pk}:reply:{reply.pk}",
        project=project,
    )


def _notify_college_of_reply(project: Project, reply: ProjectReply) -> None:
    if reply.kind == ProjectReply.Kind.CHANGES:
        template = "project_changes"
    elif reply.kind == ProjectReply.Kind.WITHDRAWN:
        template = "project_withdrawn"
    elif project.state == State.PUBLISHED:
        template = "project_agreed_again"
    else:
        template = "project_agreed"
    notify(
        build_college_office(project.college_id),
        template,
        reverse("project", args=[project.pk]),
        key=f"project:{project.pk}:reply:{reply.pk}",
        project=project,
        reply=reply,
    )
