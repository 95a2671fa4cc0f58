"""Runs the migrations over liaisons and invitations of before a role named its school; prints what became of them.

On the empty database in DATABASE_URL. Before: a liaison of a school, a superuser with the same role and no school, an
invitation that the liaison accepted, and one that waits.
"""

import json
import sys
from datetime import UTC, date, datetime, timedelta

import django
from django.core.management import call_command
from django.db import connection

from members.migration_states import LeanExecutor

BEFORE = [("members", "0008_messages_of_offices"), ("pairing", "0003_give_ticks_their_person")]
NOW = datetime(2018, 10, 16, 1, tzinfo=UTC)


def fill(apps) -> None:
    """Write the rows as the former models had them."""
    from members.services.schools import build_notice_dates

    def create(app, model, **values):
        return apps.get_model(app, model).objects.create(**values)

    school = create("members", "School", code="JH", name="京华大学")
    year = create("members", "ServiceYear", school=school, year=2018, **build_notice_dates(2018))
    street = create("members", "Street", district="海淀区", name="清河街道", kind="urban")
    liaison = create("members", "User", username="S0001@JH", number="S0001", name="李街道", school=school)
    root = create("members", "User", username="root", name="维护", is_superuser=True)
    for user in (liaison, root):
        create("members", "Grant", user=user, role="liaison", street=street, starts_on=date(2018, 10, 1))
    sent = {"year": year, "street": street, "created_at": NOW, "expires_at": NOW + timedelta(days=7)}
    create("pairing", "Invitation", **sent, token="used", used_at=NOW, account=liaison, phone="13812345678")
    create("pairing", "Invitation", **sent, token="waits")


def read() -> dict:
    """Return the rows as the present models have them, and what the liaison's scope is."""
    from members.models import Grant, User
    from members.permissions import get_scope
    from pairing.models import Invitation

    liaison = User.objects.get(number="S0001")
    (post,) = liaison.grants.all()
    return {
        "schools": sorted(Grant.objects.values_list("user__name", "school__code")),
        "opens": [post.street_id, post.school_id]
        in [list(pair) for pair in get_scope(liaison, "pairing.view").posts],
        "noted": Grant.pgh_event_model.objects.filter(user=liaison).count(),
        "invitations": sorted(
            (sent.token, sent.state(NOW), sent.from_before_checks) for sent in Invitation.objects.all()
        ),
    }


def main() -> None:
    django.setup()
    executor = LeanExecutor(connection)
    executor.migrate(BEFORE)
    fill(executor.loader.project_state(BEFORE).apps)
    call_command("migrate", verbosity=0)
    json.dump(read(), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
