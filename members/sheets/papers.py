"""Find numbers of ID cards in text: the portal neither stores nor returns them (requirements §6)."""

import html
import re
import unicodedata
from datetime import date

SHORTEST = 15
LENGTHS = (18, SHORTEST)
# Digits with signs and spaces between them: 110101 19900307 1233, 110101-19900307-1233.
_DIGITS = re.compile(r"[0-9](?:[\s\-_.·/\\,，、*+'’\"“”|~=#()]{0,3}[0-9Xx])*")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_BY_COLONS = re.compile("(?<![0-9])([0-9]{6}):((?:19|20)?[0-9]{6}):([0-9]{3}[0-9Xx]?)(?![0-9])")
_LAST_X = re.compile("(?<=[0-9])[хХ×✕╳]")
_QUOTES = "'’‘`\"“” "
_WEIGHTS, _CHECKS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
# GB/T 2260: the first two digits name a province.
_PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
        "91",
    ]
)


def holds_id_card(text: str) -> bool:
    """Return whether a text holds an ID-card number, of 15 or 18 digits, also spaced, quoted or in a sentence."""
    return remove_id_cards(text) != text


def remove_id_cards(text: str) -> str:
    """Return the text without the ID-card numbers in it; a text that is one becomes empty."""
    if len(text) < SHORTEST or sum(map(str.isdigit, text)) < SHORTEST - 1:
        return text  # nearly every cell; the rest of this function is slow
    plain = unicodedata.normalize("NFKC", html.unescape(text) if "&" in text else text).translate(_DASHES)
    plain = _BY_COLONS.sub(r"\1-\2-\3", _LAST_X.sub("X", plain))
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Mn", "Me"))  # zero-width marks
    spans = [span for run in _DIGITS.finditer(plain) for span in _find_numbers(plain, run.start(), run.end())]
    if not spans:
        return text
    kept = [plain[end:start] for end, start in _list_gaps(spans, len(plain))]
    return "".join(kept).strip(_QUOTES)


def _list_gaps(spans: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """Return the (start, end) of what lies between the spans."""
    return list(zip([0, *(end for _, end in spans)], [*(start for start, _ in spans), length], strict=True))


def _find_numbers(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the spans of ID-card numbers in a run of digits and signs between them."""
    places = [place for place in range(start, end) if text[place].isalnum()]
    found: list[tuple[int, int]] = []
    index = 0
    while index <= len(places) - SHORTEST:
        length = next((n for n in LENGTHS if _is_number_at(text, places, index, n)), 0)
        if length:
            found.append((places[index], places[index + length - 1] + 1))
        index += length or 1
    return found


def _is_number_at(text: str, places: list[int], index: int, length: int) -> bool:
    """Return whether the digits from `index` on are an ID-card number that no other digit touches."""
    own = places[index : index + length]
    if len(own) < length:
        return False
    first, last = own[0], own[-1]
    before, after = text[first - 1 : first] if first else "", text[last + 1 : last + 2]
    if (before.isascii() and before.isdigit()) or (after.isascii() and after.isdigit()):
        return False
    digits = "".join(text[place] for place in own)
    if not digits[:-1].isdigit() or not (digits[-1].isdigit() or length == max(LENGTHS)):
        return False
    touches_letter = any(c.isascii() and c.isalpha() for c in (before, after))
    apart = last - first + 1 > length
    # Other numbers beside each other, or with a letter in front, are an ID card by chance; a bare run rarely is.
    return _is_surely_id_card(digits) if apart or touches_letter else is_id_card(digits)


def is_id_card(digits: str) -> bool:
    """Return whether 15 or 18 digits have the date of birth, or the check digit, of an ID card."""
    if digits[0] == "0":
        return False
    long = len(digits) == max(LENGTHS)
    if long and _compute_check(digits) == digits[-1].upper():
        return True
    return _has_birthday(digits)


def _is_surely_id_card(digits: str) -> bool:
    return digits[:2] in _PROVINCES and _has_birthday(digits)


def _has_birthday(digits: str) -> bool:
    born = digits[6:14] if len(digits) == max(LENGTHS) else f"19{digits[6:12]}"
    try:
        return 1900 <= date(int(born[:4]), int(born[4:6]), int(born[6:])).year <= 2100
    except ValueError:
        return False


def _compute_check(digits: str) -> str:
    """Return the check digit of the first 17 digits (GB 11643)."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(digits[:17], _WEIGHTS, strict=True)) % 11]
