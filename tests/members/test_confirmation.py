"""A second proof of who somebody is before a page that can do great harm; what they typed is kept."""

import time
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import path, reverse

from members.models import Member, User
from members.permissions import allow
from tests.browsers import sign_in
from tests.factories import MemberFactory
from tests.members.import_files import make_roster_file, make_roster_row, preview_import
from tests.members.sheet_files import make_xlsx
from volunteer_portal.urls import urlpatterns as all_urls

PASSWORD = "qingnian-zhiyuan-18"
LATELY, LONG_AGO = 9 * 60, 11 * 60  # seconds


@allow("home", recent=True)
def echo(request):
    """Answer with what came, and with the method."""
    return HttpResponse(
        f"{request.method} {request.POST.get('text')} {request.GET.urlencode()} {request.path}"
    )


urlpatterns = [*all_urls, path("echo/", echo, name="echo")]


@pytest.fixture
def admin(world):
    world.admin.set_password(PASSWORD)
    world.admin.save()
    return world.admin


def browse(user, seconds_ago: float) -> Client:
    return sign_in(Client(), user, at=time.time() - seconds_ago)


def follow_to_proof(client, answer) -> str:
    """Return the address of the page that asks for the password."""
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("confirm_identity"))
    proof = client.get(answer["Location"])["Location"]
    assert proof.startswith(reverse("account_reauthenticate"))
    return proof


def prove(client, proof: str, password: str = PASSWORD):
    page = client.get(proof)
    back = page.context["redirect_field_value"]
    return client.post(reverse("account_reauthenticate"), {"password": password, "next": back})


def test_a_fresh_sign_in_counts(admin):
    url = reverse("rollover", args=[2018])
    assert browse(admin, LATELY).get(url).status_code == 200
    assert browse(admin, LONG_AGO).get(url).status_code == 302


def test_rights_are_checked_first(world):
    assert browse(world.secretary, LONG_AGO).get(reverse("rollover", args=[2018])).status_code == 403


def test_the_person_comes_back_to_the_page(admin):
    url = reverse("year_edit", args=[2018])
    client = browse(admin, LONG_AGO)
    answer = prove(client, follow_to_proof(client, client.get(url)))
    assert answer["Location"] == url
    assert client.get(url).status_code == 200


def test_a_wrong_password_does_not_open_the_page(admin):
    client = browse(admin, LONG_AGO)
    proof = follow_to_proof(client, client.get(reverse("year_edit", args=[2018])))
    assert prove(client, proof, "x" * 12).status_code == 200
    assert client.get(reverse("year_edit", args=[2018])).status_code == 302


@pytest.mark.urls("tests.members.test_confirmation")
class TestAForm:
    def send(self, client, **typed):
        return client.post("/echo/?page=2", typed, headers={"Referer": "http://testserver/roster/?q=1"})

    def test_it_is_sent_after_the_proof(self, admin):
        client = browse(admin, LONG_AGO)
        back = prove(client, follow_to_proof(client, self.send(client, text="打好的字")))["Location"]
        assert client.get(back).content.decode() == "POST 打好的字 page=2 /echo/"

    def test_it_is_sent_once(self, admin):
        client = browse(admin, LONG_AGO)
        back = prove(client, follow_to_proof(client, self.send(client, text="一次")))["Location"]
        client.get(back)
        assert client.get(back).content.decode().startswith("GET None")

    def test_it_is_not_sent_by_another_visit_of_the_page(self, admin):
        client = browse(admin, LONG_AGO)
        prove(client, follow_to_proof(client, self.send(client, text="不该发出")))
        for address in ("/echo/", "/echo/?resume=", "/echo/?resume=guessed"):
            assert client.get(address).content.decode().startswith("GET None")

    def test_without_the_proof_its_address_sends_nothing(self, admin):
        client = browse(admin, LONG_AGO)
        asked = self.send(client, text="不该发出")
        token = client.session["kept_form"]["token"]
        again = client.get(f"/echo/?resume={token}")
        assert again.status_code == asked.status_code == 302
        assert again["Location"].startswith(reverse("confirm_identity"))

    def test_with_a_file_the_person_returns_to_the_page_and_is_told(self, admin):
        client = browse(admin, LONG_AGO)
        answer = self.send(client, text="x", file=SimpleUploadedFile("a.xlsx", BytesIO(b"x").read()))
        proof = follow_to_proof(client, answer)
        assert "文件没有上传" in client.get(proof).content.decode()
        assert prove(client, proof)["Location"] == "/roster/?q=1"


def test_a_form_that_was_kept_is_in_the_history_with_its_person(admin, world):
    client = browse(admin, LONG_AGO)
    url = reverse("year_edit", args=[2018])
    page = browse(admin, LATELY).get(url)
    typed = {field.html_name: field.value() for field in page.context["form"] if field.value() is not None}
    for form in [page.context["semesters"].management_form, *page.context["semesters"]]:
        typed |= {field.html_name: field.value() for field in form if field.value() is not None}
    typed["floor_percent"] = 71
    back = prove(client, follow_to_proof(client, client.post(url, typed)))["Location"]
    assert client.get(back)["Location"] == reverse("year", args=[2018])
    world.year.refresh_from_db()
    assert world.year.floor_percent == 71
    assert admin.name in client.get(reverse("year", args=[2018])).content.decode().partition("修改记录")[2]


def test_a_long_list_leaves_only_after_a_proof(admin, world):
    MemberFactory.create_batch(101, branch=world.a1)
    client = browse(admin, LONG_AGO)
    page = {"Referer": "http://testserver/roster/?stage=member"}
    proof = follow_to_proof(client, client.get(reverse("roster_export"), headers=page))
    assert "再点一次下载" in client.get(proof).content.decode()
    assert prove(client, proof)["Location"] == "/roster/?stage=member"
    assert client.get(reverse("roster_export")).status_code == 200


def test_a_short_list_leaves_without_a_proof(admin, world):
    url = reverse("roster_export", query={"branch": world.a1.pk})
    assert browse(admin, LONG_AGO).get(url).status_code == 200


def test_an_account_without_password_and_factor_has_to_sign_in_again(world):
    world.admin.set_unusable_password()
    world.admin.save()
    client = browse(world.admin, LONG_AGO)
    page = client.get(reverse("rollover", args=[2018]), follow=True)
    assert page.redirect_chain[-1][0].startswith(reverse("confirm_identity"))
    assert "退出并重新登录" in page.content.decode()


# --- appointments by file ---

APPOINTMENTS = make_xlsx(
    ("学号/工号", "姓名", "角色", "学院"), ("T9001", "秦老师", "学院团委书记", "物理学院")
)


def test_appointments_by_file_are_written_after_a_recent_proof_only(admin):
    run = preview_import("accounts", APPOINTMENTS, by=admin)
    client = browse(admin, LONG_AGO)
    proof = follow_to_proof(client, client.post(reverse("import_confirm", args=[run.pk])))
    run.refresh_from_db()
    assert (run.state, User.objects.filter(number="T9001").count()) == ("preview", 0)
    client.get(prove(client, proof)["Location"])
    run.refresh_from_db()
    assert run.state != "preview"


def test_the_page_to_upload_appointments_asks_before_a_file_is_chosen(admin):
    upload = reverse("import_new", query={"kind": "accounts"})
    assert browse(admin, LATELY).get(upload).status_code == 200
    follow_to_proof(browse(admin, LONG_AGO), browse(admin, LONG_AGO).get(upload))


def test_files_that_give_no_rights_are_confirmed_without_a_new_proof(admin):
    run = preview_import(
        "roster",
        make_roster_file(make_roster_row(Member.objects.filter(school=admin.school).first())),
        by=admin,
    )
    answer = browse(admin, LONG_AGO).post(reverse("import_confirm", args=[run.pk]))
    assert answer["Location"] == run.get_absolute_url()
