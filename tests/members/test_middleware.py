"""On a shared computer the next user cannot go back to the pages of a signed-in user."""

from django.urls import reverse


def test_pages_of_a_signed_in_user_are_not_kept(world, client_of):
    for address in (reverse("roster"), reverse("roster_export"), reverse("member", args=[world.missing.pk])):
        assert client_of(world.admin).get(address)["Cache-Control"] == "no-store, private"


def test_public_pages_may_be(client, db):
    assert "Cache-Control" not in client.get(reverse("healthz"))


def test_the_roles_beside_the_name_are_chinese(world, client_of):
    page = client_of(world.branch_secretary).get("/", follow=True).content.decode()
    assert "团支书、团员" in page
