"""Rules of activation codes: letters, spelling, term and waiting times. Pure: no Django, the time is an argument."""

import unicodedata
from datetime import datetime, timedelta

# Letters and digits that nobody confuses when reading from paper: without 0 O Q, 1 I L, 2 Z, 5 S, 8 B, 6 G, U V.
ALPHABET = "34679ACDEFHJKMNPRTWXY"
LENGTH = 12  # 21 letters, 12 places: 52 bits
GROUP = 4
# A slip lies in a drawer over a holiday of the school; after a month its owner has lost it.
VALID_FOR = timedelta(days=30)
# A code with so many wrong entries is void. 20 of 21^12 possible codes: a chance of one in 10^14.
MOST_WRONG = 20
# An opened code waits so long for a password; a phone that is passed on later opens nothing.
WAITS_FOR = timedelta(minutes=30)

FREE_MISTAKES = 3
FIRST_WAIT = 5  # seconds
LONGEST_WAIT = 15 * 60  # seconds


def build_code(number: int) -> str:
    """Return the code of a number from 0 to count_codes() - 1, in groups: "3467-9ACD-EFHJ".

    >>> build_code(0), build_code(22)
    ('3333-3333-3333', '3333-3333-3344')
    """
    letters = []
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return format_code("".join(reversed(letters)))


def count_codes() -> int:
    """Return how many codes exist.

    >>> count_codes() > 2**52
    True
    """
    return len(ALPHABET) ** LENGTH


def format_code(letters: str) -> str:
    """Return the letters of a code in groups of four with hyphens.

    >>> format_code("34679ACDEFHJ")
    '3467-9ACD-EFHJ'
    """
    return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))


def read_code(typed: str) -> str:
    """Return the letters of a typed code; "" for a text that cannot be a code.

    Case, width, spaces and hyphens do not matter.

    >>> read_code("３４６７ 9acd—efhj"), read_code("3467-9ACD"), read_code("O467-9ACD-EFHJ")
    ('34679ACDEFHJ', '', '')
    """
    letters = "".join(sign for sign in unicodedata.normalize("NFKC", typed).upper() if sign.isalnum())
    fits = len(letters) == LENGTH and all(letter in ALPHABET for letter in letters)
    return letters if fits else ""


def describe_end(*, has_password: bool, signed_in_before: bool) -> str:
    """Return in Chinese what ends when somebody uses a code; "" for an account into which nobody has got yet.

    >>> describe_end(has_password=True, signed_in_before=False)
    '原来的密码失效，其他设备上的登录退出'
    """
    if has_password:
        return "原来的密码失效，其他设备上的登录退出"
    return "其他设备上的登录退出" if signed_in_before else ""


def compute_expiry(issued_at: datetime) -> datetime:
    """Return when a code ends that is issued at this time."""
    return issued_at + VALID_FOR


def compute_wait(mistakes: int) -> timedelta:
    """Return how long the next attempt has to wait after so many mistakes in a row: none, then 5 s, doubled each time.

    >>> [int(compute_wait(mistakes).total_seconds()) for mistakes in (2, 3, 4, 10, 11, 50)]
    [0, 5, 10, 640, 900, 900]
    """
    if mistakes < FREE_MISTAKES:
        return timedelta()
    doublings = min(mistakes - FREE_MISTAKES, 10)
    return timedelta(seconds=min(FIRST_WAIT * 2**doublings, LONGEST_WAIT))
