"""A claim by the page whose connection breaks is saved completely or not at all, and the user learns which."""

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from members import lost_connections
from pairing.models import Pairing, PairingCode, ServiceTeam
from pairing.services import claims
from tests.pairing.conftest import kill_before

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def click(open_hall, client_of, monkeypatch):
    """The secretary of college_a claims `urban`."""
    monkeypatch.setattr(lost_connections, "PAUSES", (0,))
    browser = client_of(open_hall.world.secretary)
    browser.raise_request_exception = False
    data = {"code": open_hall.code_a.code, "street": open_hall.urban.pk}
    return lambda: browser.post(reverse("hall_claim"), data)


@pytest.mark.parametrize(
    "step", [(Pairing.objects, "create"), (PairingCode, "save"), (ServiceTeam.objects, "create")]
)
def test_cut_in_the_middle_it_is_made_again(click, monkeypatch, step):
    target, name = step
    monkeypatch.setattr(target, name, kill_before(getattr(target, name)))
    assert click().url == reverse("hall_claimed", args=[Pairing.objects.get().pk])
    assert ServiceTeam.objects.count() == PairingCode.objects.filter(state="used").count() == 1


def test_cut_before_the_view_it_is_made_again(click):
    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert click().status_code == 302


def test_a_commit_whose_answer_was_lost_is_shown_as_the_success_that_it_is(click, monkeypatch):
    attempt, outcomes = claims._pair_in_transaction, []

    def lose_answer(*args, **options):
        outcomes.append(attempt(*args, **options))
        if len(outcomes) == 1:
            raise OperationalError("server closed the connection unexpectedly")
        return outcomes[-1]

    monkeypatch.setattr(claims, "_pair_in_transaction", lose_answer)
    assert click().url == reverse("hall_claimed", args=[Pairing.objects.get().pk])
    assert outcomes[0] == outcomes[1]


def test_where_it_stays_cut_the_page_leads_to_the_hall_and_nothing_is_written(click, monkeypatch):
    monkeypatch.setattr(ServiceTeam.objects, "create", kill_before(ServiceTeam.objects.create, times=2))
    answer = click()
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "刚才数据库连接中断" in page and f'href="{reverse("hall")}"' in page
    connection.close()
    assert not Pairing.objects.exists() and not PairingCode.objects.filter(state="used").exists()
    assert click().status_code == 302
