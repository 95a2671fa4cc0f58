"""What the year's figures decide in the invented school, as far as its offices have decided by now."""

from datetime import timedelta

from reports.demo.appraisals import ask_for_exceptions, make_appraisals
from reports.demo.honours import make_honours
from reports.demo.service import Service
from reports.queries.commendation import select_current
from reports.rules.assessment import SUGGESTED
from reports.rules.commendation import CRITERIA
from reports.services.assessment import publish_weights
from reports.services.commendation import issue_commendation, save_commendation

MONTH = timedelta(days=30)


def make_verdicts(service: Service) -> None:
    publish_weights(user=service.admin, year=service.demo.year, weights=SUGGESTED, now=service.now - MONTH)
    ask_for_exceptions(service)
    make_honours(service)
    make_appraisals(service)
    _make_commendations(service)


def _make_commendations(service: Service) -> None:
    """Issue the list of projects if one has served already; keep drafts for volunteers and teams."""
    projects = _save_list(service, "project", "优秀志愿服务项目", 3, {"minutes": 600, "people": 5})
    if select_current(projects).chosen:
        issue_commendation(
            user=service.admin, year=service.demo.year, commendation_id=projects.pk, now=service.now
        )
    _save_list(service, "volunteer", "优秀志愿者", 20, {"minutes": 1200, "services": 5, "months": 3})
    _save_list(service, "team", "优秀志愿服务队", 3, {"minutes": 1200, "people": 10})


def _save_list(service: Service, kind: str, name: str, places: int, least: dict[str, int]):
    minimum = dict.fromkeys((criterion.key for criterion in CRITERIA[kind]), 0) | least
    return save_commendation(
        user=service.admin,
        year=service.demo.year,
        kind=kind,
        name=name,
        places=places,
        minimum=minimum,
        order="minutes",
        now=service.now,
    )
