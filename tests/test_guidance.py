"""The sentences that tell people to go somewhere: each is in one list and leads there (volunteer_portal/guidance.py)."""

from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import RequestContext, Template
from django.test import RequestFactory
from django.urls import reverse

from members.models import Grant, Member
from members.permissions import TABLE, may
from tests.factories import GrantFactory, UserFactory
from tests.guidance import HERE, ROOT, Sentence, find_sentences
from tests.walk import list_addresses
from volunteer_portal.guidance import GUIDES, find_guide

# Components add what the tag `guide` returns to every text that they show.
SHOWN_BY_COMPONENTS = ("components/alert.html", "components/empty.html")
ADVICE = (
    "Put a phrase of the sentence into GUIDES (volunteer_portal/guidance.py) with the page where the thing is done, or "
    "into HERE (tests/guidance.py) with the reason why it needs no link."
)


def is_here(sentence: Sentence) -> bool:
    return any(phrase in sentence.text for phrase in HERE)


def test_the_list_knows_every_sentence():
    unknown = [found for found in find_sentences() if not is_here(found) and not find_guide(found.text)]
    assert not unknown, "\n".join([ADVICE, *map(str, unknown)])


def test_every_sentence_of_a_template_is_shown_with_its_link():
    """In a component it comes by itself; elsewhere the template writes the tag or the address."""
    bare = []
    for found in find_sentences():
        guide = find_guide(found.text)
        if guide is None or is_here(found) or not found.path.startswith("templates/"):
            continue
        lines = [line for line in (ROOT / found.path).read_text().splitlines() if found.text in line]
        linked = ("{% guide", *SHOWN_BY_COMPONENTS, f'{{% url "{guide.page}"')
        bare += [found for line in lines if not any(text in line for text in linked)]
    assert not bare, "\n".join(["Write {% guide text %} behind the sentence:", *map(str, bare)])


def test_no_template_shows_a_refusal_without_the_tag():
    bare = []
    for path in Path(ROOT, "templates").rglob("*.html"):
        for line in path.read_text().splitlines():
            shown = [name for name in ("error", "problem", "message") if f"{{{{ {name} }}}}" in line]
            bare += [f"{path.name}: {name}" for name in shown if f"{{% guide {name} %}}" not in line]
    # The clock on the organiser's screen says when the code appears; it tells nobody to do anything.
    assert set(bare) <= {"_attendance_code.html: problem"}


def test_no_entry_of_the_lists_is_idle():
    texts = [found.text for found in find_sentences()]
    idle = [guide.phrase for guide in GUIDES if not any(find_guide(text) is guide for text in texts)]
    idle += [phrase for phrase in HERE if not any(phrase in text for text in texts)]
    assert not idle, idle


def test_every_page_of_the_list_opens_with_its_right():
    addresses = list_addresses()
    for guide in GUIDES:
        assert bool(guide.page) == bool(guide.action) == bool(guide.label), guide
        assert guide.page or guide.office, guide
        if guide.page:
            assert reverse(guide.page)
            assert TABLE[guide.action] <= TABLE[addresses[guide.page].callback.action], guide


# --- what a reader sees


def show(user, text: str) -> str:
    """Show a text as a refusal of a form does: through the component, without the page's variables."""
    request = RequestFactory().get("/")
    request.user = user
    template = Template('{% include "components/alert.html" with tone="bad" text=text only %}')
    return template.render(RequestContext(request, {"text": text}))


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.phrase)
def test_readers_get_the_page_or_the_office(world, guide):
    """Each office has a second holder, because nobody is sent to themselves."""
    GrantFactory(user=UserFactory(school=world.school), role="school_admin", school=world.school)
    for user in (world.admin, world.secretary, world.branch_secretary, world.member, world.liaison):
        shown = show(user, f"{guide.phrase}。")
        if guide.page and may(user, guide.action):
            assert f'href="{reverse(guide.page)}' in shown
        else:
            assert "href" not in shown
            assert bool(guide.office) == ("团委（" in shown or "团支书（" in shown)


def test_the_office_is_that_of_the_reader_and_shows_no_phone(world):
    shown = show(world.member, "如有疑问请联系学院团委。")
    assert "法学院团委（曹书记）" in shown
    assert "郑书记" not in shown
    assert "陈支书" in show(world.member, "请向团支书索取新的二维码。")
    phones = Member.objects.exclude(phone="").values_list("phone", flat=True)
    assert not any(phone in shown for phone in phones)


def test_a_college_without_secretary_is_answered_for_by_the_school(world):
    Grant.objects.filter(user=world.secretary).delete()
    assert "校团委（孔管理）" in show(world.member, "如有疑问请联系学院团委。")


def test_nobody_is_sent_to_themselves(world):
    """A refusal to act on oneself names the others who hold the office, and nobody if there are none."""
    assert "孔管理" not in show(world.admin, "不能办理本人的任职，请由另一位管理员或上级办理。")
    assert "校团委（孔管理）" in show(world.secretary, "请由学院其他负责人处理。")
    other = UserFactory(school=world.school, name="第二管理")
    GrantFactory(user=other, role="school_admin", school=world.school)
    assert "校团委（第二管理）" in show(world.admin, "不能办理本人的任职，请由另一位管理员或上级办理。")


def test_visitors_see_no_names(world):
    assert "书记" not in show(AnonymousUser(), "请联系学院团委。").replace("请联系学院团委", "")


def test_a_text_of_a_person_is_never_markup(world):
    assert "<b>" not in show(world.member, "<b>请联系学院团委</b>")


def test_a_refused_form_leads_to_the_page(world, client_of):
    """三(三): without a code the school hands out one first, and the refusal says where."""
    page = client_of(world.secretary).get(reverse("code_own", args=[world.college_a.pk])).content.decode()
    assert "校团委（孔管理）" in page
