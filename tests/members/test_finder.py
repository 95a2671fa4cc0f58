"""The people finder: what finds somebody, whom a search never finds, and the field of forms."""

import pytest
from django.http import QueryDict
from django.urls import reverse

from members.forms.finder import FinderForm, PersonField
from members.permissions import Role
from members.queries.finder import find_accounts_and_people, find_people
from tests.factories import GrantFactory, MemberFactory, UserFactory


@pytest.fixture
def ouyang(world):
    return MemberFactory(
        branch=world.a1,
        name="欧阳静怡",
        student_no="B2018AB77",
        phone="13612345678",
        volunteer_no="110108000111222",
        registered=True,
    )


def list_names(found) -> list[str]:
    return [person.name for person in found]


@pytest.mark.parametrize(
    ("words", "matched"),
    [
        ("b2018ab77", "学号或工号"),
        ("Ｂ２０１８ａｂ７７", "学号或工号"),
        ("'8AB7", "学号或工号"),
        ("2018\u200bAB", "学号或工号"),
        ("欧阳静怡", "姓名"),
        ("阳静", "姓名"),
        ("欧阳　怡", "姓名"),
        ("ouyang", "拼音"),
        ("OuYangJing", "拼音"),
        ("angjing", "拼音"),
        ("oyjy", "首字母"),
        ("jy", "首字母"),
        ("0108000111", "志愿者编号"),
        ("5678", "手机号码"),
        ("13612345678", "手机号码"),
    ],
)
def test_any_part_finds_the_person_and_says_by_what(world, ouyang, words, matched):
    found = {person.name: person.matched for person in find_people(world.secretary, words)}
    assert matched in found.get("欧阳静怡", ())


def test_every_word_must_match(world, ouyang):
    assert list_names(find_people(world.secretary, "欧阳 b2018")) == ["欧阳静怡"]
    assert find_people(world.secretary, "欧阳 不是") == []
    assert find_people(world.secretary, "  ") == []


def test_the_whole_number_or_name_comes_first(world):
    MemberFactory(branch=world.a1, name="张伟大", student_no="12018010001")
    assert list_names(find_people(world.admin, "张伟"))[-1] == "张伟大"
    assert find_people(world.admin, "2018010001")[0].member == world.registered


@pytest.mark.parametrize("words", ["678", "5678", "136", "13612345678"])
def test_a_phone_finds_nobody_for_those_who_may_not_read_it(world, ouyang, words):
    assert "欧阳静怡" not in list_names(find_people(world.admin, words))


def test_three_digits_of_a_phone_are_too_few(world, ouyang):
    assert "手机号码" not in [name for found in find_people(world.secretary, "678") for name in found.matched]


@pytest.mark.parametrize(
    ("who", "finds"),
    [
        ("admin", True),
        ("secretary", True),
        ("branch_secretary", True),
        ("secretary_b", False),
        ("member", False),
        ("liaison", False),
        ("nobody", False),
    ],
)
def test_only_people_in_scope_are_found(world, ouyang, who, finds):
    assert bool(find_people(getattr(world, who), "欧阳")) == finds


def test_another_school_is_never_found(world):
    assert [found.member for found in find_people(world.admin, "2018010001")] == [world.registered]
    assert [found.member for found in find_people(world.bh.admin, "2018010001")] == [world.bh.zhang_wei]


@pytest.mark.parametrize("words", ["%", "_", "\\", "(", "[a", "a\x00b", "*", "' OR 1=1", "9" * 400])
def test_signs_of_a_pattern_are_only_text(world, words):
    assert find_people(world.admin, words) == []


def test_teachers_are_found_by_number_and_name(world):
    for words in ("t1002", "曹书", "Ｔ１００２"):
        (found,) = find_accounts_and_people(world.admin, words)
        assert (found.account, found.member, list(map(str, found.offices))) == (
            world.secretary,
            None,
            ["学院团委书记 法学院"],
        )
    assert find_accounts_and_people(world.secretary, "T1003") == []
    assert find_accounts_and_people(world.bh.admin, "T1002") == []


@pytest.mark.parametrize(
    "words, matched",
    [("caoshuji", "拼音"), ("hu", "拼音"), ("csj", "首字母"), ("sj", "首字母"), ("ＣＳＪ", "首字母")],
)
def test_teachers_are_found_by_pinyin_and_initials(world, words, matched):
    found = {person.account: person.matched for person in find_accounts_and_people(world.admin, words)}
    assert found[world.secretary] == (matched,)
    assert world.nobody not in found
    assert world.secretary not in {p.account for p in find_accounts_and_people(world.bh.admin, words)}


def test_a_person_of_the_roster_is_found_once_with_the_offices_held(world):
    (found,) = find_accounts_and_people(world.admin, world.lead.student_no)
    assert (found.member, found.account, found.key) == (
        world.lead,
        world.branch_secretary,
        f"m{world.lead.pk}",
    )
    assert [office.role for office in found.offices] == [Role.BRANCH_SECRETARY]


def test_a_liaison_of_a_street_is_nobody_to_appoint(world):
    assert find_accounts_and_people(world.admin, world.liaison.number) == []


def test_the_number_of_queries_is_fixed(world, django_assert_max_num_queries):
    assert world.admin.active_grants
    MemberFactory.create_batch(30, branch=world.a1, name="欧阳")
    for member in world.a1.members.filter(name="欧阳")[:10]:
        user = UserFactory(school=world.school, member=member, number=member.student_no)
        GrantFactory(user=user, role=Role.BRANCH_SECRETARY, branch=world.a1)
    UserFactory.create_batch(10, school=world.school, name="欧阳老师")
    with django_assert_max_num_queries(4):
        assert len(find_accounts_and_people(world.admin, "欧阳", limit=20)) == 20
    with django_assert_max_num_queries(5):  # the names of teachers, whose pinyin is not stored
        assert len(find_accounts_and_people(world.admin, "ouyang", limit=20)) == 20
    with django_assert_max_num_queries(2):
        assert len(find_people(world.admin, "欧阳")) == 20


# --- the field ---


class OnePerson(FinderForm):
    def __init__(self, data=None, *, user, several=False):
        super().__init__(data)
        self.fields["person"] = PersonField(user=user, kind="accounts", several=several, label="人员")


def test_the_button_only_searches_and_keeps_who_was_picked(world, ouyang):
    form = OnePerson(
        QueryDict(f"person=m{world.quiet.pk}&person_q=oyjy&person_find=1"), user=world.secretary, several=True
    )
    assert not form.is_valid()
    assert not form.errors
    html = str(form["person"])
    assert f'value="m{ouyang.pk}"' in html
    assert (
        html.index(f'value="m{world.quiet.pk}"') < html.index("checked") < html.index(f'value="m{ouyang.pk}"')
    )


def test_the_picked_person_is_the_value(world):
    form = OnePerson(QueryDict(f"person=m{world.quiet.pk}"), user=world.secretary)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["person"].member == world.quiet


@pytest.mark.parametrize("key", ["", "m0", "x1", "m", "m-1", "m1;2", "m99999999999999999999", "mm1", "m１"])
def test_what_is_no_key_of_a_person_in_scope_is_refused(world, key):
    assert not OnePerson(QueryDict(f"person={key}"), user=world.secretary).is_valid()


def test_a_foreign_person_cannot_be_picked(world):
    for foreign in (f"m{world.zhang_wei_b.pk}", f"u{world.secretary_b.pk}", f"u{world.bh.admin.pk}"):
        form = OnePerson(QueryDict(f"person={foreign}"), user=world.secretary)
        assert form.errors["person"] == ["所选的人不在您的范围内，请重新查找。"]
        assert "张伟" not in str(form["person"])


def test_the_fragment_answers_with_people_in_scope(world, client_of, ouyang):
    asked = {"field": "person", "kind": "accounts", "person_q": "oyjy", "several": "1"}
    html = client_of(world.secretary).get(reverse("people_find"), asked).content.decode()
    assert "欧阳静怡" in html
    assert 'type="checkbox"' in html
    assert "欧阳静怡" not in client_of(world.secretary_b).get(reverse("people_find"), asked).content.decode()


def test_the_fragment_survives_any_parameters(world, client_of):
    answer = client_of(world.secretary).get(
        reverse("people_find"), {"field": '"><script>', "kind": "no", '"><script>_q': "张伟"}
    )
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode()
