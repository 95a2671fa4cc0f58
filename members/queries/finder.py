"""The people finder: people of the roster, and accounts of teachers, by any part of what one knows of them.

Each search makes a fixed number of queries. It finds only people whom the user may see, and a phone finds somebody
only where the user may read that person's phone in full.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, OuterRef, Prefetch, Q, QuerySet, Value, When
from django.utils import timezone

from members.models import Grant, Member, StudentNumber, User
from members.permissions import get_scope
from members.queries.roster import annotate_phone_rule
from members.sheets.cells import clean_text, make_name_key
from members.sheets.names import make_sort_key

LIMIT = 20
LONGEST = 60  # characters of a search; the rest is ignored
MOST_WORDS = 4
# Fewer digits would find a phone of almost everybody.
FEWEST_PHONE_DIGITS = 4
LETTERS = re.compile(r"[a-z]+")
NUMBER, FORMER_NUMBER, NAME, PINYIN, INITIALS = "学号或工号", "原学号", "姓名", "拼音", "首字母"
VOLUNTEER_NO, PHONE = "志愿者编号", "手机号码"


@dataclass(frozen=True)
class FoundPerson:
    """A person of the roster, or an account of somebody who is in no roster (a teacher).

    `matched`: the Chinese names of the fields that the search found. `key` names the person in a form.
    """

    member: Member | None
    account: User | None
    matched: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"m{self.member.pk}" if self.member else f"u{self.account.pk if self.account else ''}"

    @property
    def name(self) -> str:
        return str(self.member or self.account)

    @property
    def number(self) -> str:
        if self.member:
            return self.member.student_no
        return self.account.number if self.account else ""

    @property
    def place(self) -> str:
        """College and branch of a person of the roster; "" for a teacher."""
        return f"{self.member.branch.college} {self.member.branch}" if self.member else ""

    @property
    def state(self) -> str:
        """The state of a person who is not active (休学, 转出 …); else ""."""
        away = self.member is not None and self.member.state != Member.State.ACTIVE
        return self.member.get_state_display() if away and self.member else ""

    @property
    def offices(self) -> list[Grant]:
        """The offices that the person holds today or later."""
        return self.account.open_offices if self.account else []


@dataclass(frozen=True)
class Finder:
    """What a search box finds: people of the roster on whom the user may do `action`, `accounts`: teachers too."""

    action: str = "member.view"
    accounts: bool = False

    def find(self, user, words: str, *, limit: int = LIMIT) -> list[FoundPerson]:
        """Return at most `limit` people, the best matches first."""
        search = find_accounts_and_people if self.accounts else find_people
        return search(user, words, action=self.action, limit=limit)

    def pick(self, user, keys: Iterable[str]) -> list[FoundPerson]:
        """Return the people that the keys of a form name, in their order; unknown and foreign keys are left out."""
        asked = list(dict.fromkeys(keys))
        ids = {kind: [int(key[1:]) for key in asked if _names(kind, key)] for kind in "mu"}
        found = []
        if ids["m"]:
            found += wrap_members(Member.objects.visible_to(user, self.action).filter(pk__in=ids["m"]))
        if ids["u"] and self.accounts:
            found += _wrap_accounts(_list_teachers(user, self.action).filter(pk__in=ids["u"]))
        by_key = {person.key: person for person in found}
        return [by_key[key] for key in asked if key in by_key]


# The finders that a page may name in the address of its search box.
FINDERS = {
    "people": Finder(),
    "accounts": Finder("account.view", accounts=True),
}


def find_people(user, words: str, *, action: str = "member.view", limit: int = LIMIT) -> list[FoundPerson]:
    """Return people of the roster who match every word, at most `limit`, the best matches first.

    A word may be any part of the number (full width or half width, any case), of the name or of its pinyin, the
    initials, the volunteer number, or the last four or more digits of a phone that the user may read in full.
    """
    wanted = _split_words(words)
    if not wanted:
        return []
    people = annotate_phone_rule(Member.objects.visible_to(user, action), user)
    phones = get_scope(user, "member.phone").q(school="school", college="branch__college", branch="branch")
    for word in wanted:
        people = people.filter(_match_member(word, phones))
    best = _rank(wanted, number="student_no", name="name_key")
    return wrap_members(people.order_by(best, "sort_key", "pk")[:limit], wanted)


def find_accounts_and_people(
    user, words: str, *, action: str = "account.view", limit: int = LIMIT
) -> list[FoundPerson]:
    """Return people as `find_people` does, and also accounts of teachers by any part of number, name or pinyin."""
    wanted = _split_words(words)
    if not wanted:
        return []
    teachers = _list_teachers(user, action)
    names = list(teachers.values_list("pk", "name")) if any(map(LETTERS.fullmatch, wanted)) else []
    for word in wanted:
        teachers = teachers.filter(_match_teacher(word, names))
    best = _rank(wanted, number="number", name="name")
    found = _wrap_accounts(teachers.order_by(best, "name", "pk")[:limit], wanted)
    return (found + find_people(user, words, action=action, limit=limit))[:limit]


def _split_words(words: str) -> list[str]:
    """Return the words of a search in half width and lower case."""
    text = unicodedata.normalize("NFKC", clean_text(words[:LONGEST]).lstrip("'’‘`")).casefold()
    return text.replace("\x00", "").split()[:MOST_WORDS]


def _match_member(word: str, phones: Q) -> Q:
    """Return the filter of one word; only the columns that such a word can be in are searched."""
    former = StudentNumber.objects.filter(member=OuterRef("pk"), number__icontains=word)
    found = Q(student_no__icontains=word) | Q(Exists(former))
    if not word.isascii():
        return found | Q(name__icontains=word) | Q(name_key__contains=make_name_key(word))
    if LETTERS.fullmatch(word):
        return found | Q(name__icontains=word) | Q(sort_key__regex=_build_pinyin_pattern(word))
    if any(character.isdigit() for character in word):
        found |= Q(volunteer_no__icontains=word)
    if _is_phone_end(word):
        found |= Q(phone__endswith=word) & phones
    return found


def _match_teacher(word: str, names: list[tuple[int, str]]) -> Q:
    """Return the filter of one word; `names`: the keys and names of all teachers in scope, a few hundred at most.

    Only the roster stores pinyin, so that of teachers is made here.
    """
    found = Q(number__icontains=word) | Q(name__icontains=word)
    if not LETTERS.fullmatch(word):
        return found
    pattern = re.compile(_build_pinyin_pattern(word, word_start=r"\b"))
    return found | Q(pk__in=[pk for pk, name in names if pattern.search(make_sort_key(name))])


def _is_phone_end(word: str) -> bool:
    return word.isdecimal() and len(word) >= FEWEST_PHONE_DIGITS


def _build_pinyin_pattern(word: str, *, word_start: str = r"\m") -> str:
    """Return a regular expression for a part of the pinyin or for initials in a row; the word has only letters.

    `word_start`: how the language of the expression writes the beginning of a word; PostgreSQL writes it as \\m.
    """
    part = " ?".join(word)
    return rf"{part}|{word_start}{' '.join(f'{letter}[a-z]*' for letter in word)}"


def _rank(words: list[str], *, number: str, name: str) -> Case:
    """Return an order: the whole number or name first, then what begins with it, then the rest."""
    word = words[0]
    return Case(
        When(Q(**{f"{number}__iexact": word}) | Q(**{name: "".join(words)}), then=Value(0)),
        When(Q(**{f"{number}__istartswith": word}) | Q(**{f"{name}__startswith": word}), then=Value(1)),
        default=Value(2),
    )


def _list_teachers(user, action: str) -> QuerySet[User]:
    """Return the accounts in scope that belong to nobody of the roster, without those that work for a street."""
    return User.objects.visible_to(user, action).filter(member=None).exclude(grants__street__isnull=False)


def _fetch_open_offices(lookup: str) -> Prefetch:
    held = Grant.objects.open_on(timezone.localdate()).select_related("school", "college", "branch")
    return Prefetch(lookup, queryset=held.order_by("starts_on", "pk"), to_attr="open_offices")


def wrap_members(people: QuerySet[Member], words: Iterable[str] = ()) -> list[FoundPerson]:
    """Return people of the roster as found persons, with their accounts and offices, in two queries."""
    former = StudentNumber.objects.filter(member=OuterRef("pk"), ends_on__isnull=False).values("number")
    rows = (
        people.annotate(former_numbers=ArraySubquery(former))
        .select_related("branch__college", "user")
        .prefetch_related(_fetch_open_offices("user__grants"))
    )
    return [FoundPerson(row, getattr(row, "user", None), _name_matches(row, words)) for row in rows]


def _wrap_accounts(accounts: QuerySet[User], words: Iterable[str] = ()) -> list[FoundPerson]:
    rows = accounts.prefetch_related(_fetch_open_offices("grants"))
    return [FoundPerson(None, row, _name_account_matches(row, words)) for row in rows]


def _name_matches(person: Member, words: Iterable[str]) -> tuple[str, ...]:
    """Return the fields in which the words are found, each once, in the order of the words."""
    found = (_name_match(person, word) for word in words)
    return tuple(dict.fromkeys(filter(None, found)))


def _name_match(person: Member, word: str) -> str:
    pinyin = person.sort_key.replace(" ", "")
    if word in person.student_no.casefold():
        return NUMBER
    if any(word in number.casefold() for number in person.former_numbers):  # type: ignore[attr-defined]  # of wrap_members
        return FORMER_NUMBER
    if word in person.name.casefold() or make_name_key(word) in person.name_key:
        return NAME
    if word in person.volunteer_no.casefold():
        return VOLUNTEER_NO
    if _is_phone_end(word) and person.phone_open and person.phone.endswith(word):
        return PHONE
    return PINYIN if word in pinyin else INITIALS


def _name_account_matches(account: User, words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_name_account_match(account, word) for word in words))


def _name_account_match(account: User, word: str) -> str:
    if word in account.number.casefold():
        return NUMBER
    if word in account.name.casefold():
        return NAME
    return PINYIN if word in make_sort_key(account.name).replace(" ", "") else INITIALS


def _names(kind: str, key: str) -> bool:
    """Return whether a key of a form is one of this kind; the number must fit into the table's key."""
    return key[:1] == kind and key[1:].isascii() and key[1:].isdecimal() and len(key) <= 19
