"""Find numbers of ID cards in text: the portal neither stores nor returns them (requirements §6)."""

import re
import unicodedata
from datetime import date

_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{14}(?:[0-9]{2}[0-9Xx])?(?![0-9A-Za-z])")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[\s\-]+(?=[0-9Xx])")
_QUOTES = "'’‘`\"“” "
_WEIGHTS, _CHECKS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
SHORTEST = 15


def holds_id_card(text: str) -> bool:
    """Return whether a text holds an ID-card number, of 15 or 18 digits, also spaced, quoted or in a sentence."""
    return remove_id_cards(text) != text


def remove_id_cards(text: str) -> str:
    """Return the text without the ID-card numbers in it; a text that is one becomes empty."""
    if len(text) < SHORTEST or sum(map(str.isdigit, text)) < SHORTEST:
        return text  # nearly every cell; the rest of this function is slow
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(c for c in plain if unicodedata.category(c) != "Cf")  # zero-width and direction marks
    for readable in (plain, _BETWEEN_DIGITS.sub("", plain)):
        cleaned = _NUMBER.sub(lambda found: "" if is_id_card(found[0]) else found[0], readable)
        if cleaned != readable:
            return cleaned.strip(_QUOTES)
    return text


def is_id_card(digits: str) -> bool:
    """Return whether 15 or 18 digits have the date of birth, or the check digit, of an ID card."""
    long = len(digits) == 18
    if long and _compute_check(digits) == digits[-1].upper():
        return True
    born = digits[6:14] if long else f"19{digits[6:12]}"
    try:
        return 1900 <= date(int(born[:4]), int(born[4:6]), int(born[6:])).year <= 2100
    except ValueError:
        return False


def _compute_check(digits: str) -> str:
    """Return the check digit of the first 17 digits (GB 11643)."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(digits[:17], _WEIGHTS, strict=True)) % 11]
