"""Parse number-format codes of spreadsheets into sections. Pure functions.

ECMA-376 part 1, 18.8.31: sections between semicolons, each of placeholders, literals and brackets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache

# 18.8.30, with the dates that Excel shows in Chinese under the numbers it keeps for each language.
BUILT_IN = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: '"¥"#,##0;"¥"\\-#,##0',
    6: '"¥"#,##0;[Red]"¥"\\-#,##0',
    7: '"¥"#,##0.00;"¥"\\-#,##0.00',
    8: '"¥"#,##0.00;[Red]"¥"\\-#,##0.00',
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "yyyy/m/d",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy/m/d h:mm",
    27: 'yyyy"年"m"月"',
    28: 'm"月"d"日"',
    29: 'm"月"d"日"',
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    34: '上午/下午h"时"mm"分"',
    35: '上午/下午h"时"mm"分"ss"秒"',
    36: 'yyyy"年"m"月"',
    37: "#,##0_);(#,##0)",
    38: "#,##0_);[Red](#,##0)",
    39: "#,##0.00_);(#,##0.00)",
    40: "#,##0.00_);[Red](#,##0.00)",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
    50: 'yyyy"年"m"月"',
    51: 'm"月"d"日"',
    52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"',
    54: 'm"月"d"日"',
    55: '上午/下午h"时"mm"分"',
    56: '上午/下午h"时"mm"分"ss"秒"',
    57: 'yyyy"年"m"月"',
    58: 'm"月"d"日"',
    59: "0",
    60: "0.00",
    61: "#,##0",
    62: "#,##0.00",
}
# 41–44 are accounting formats, in every language a number with its currency sign or none.
BUILT_IN |= dict.fromkeys((41, 42), "#,##0_ ;-#,##0_ ") | dict.fromkeys((43, 44), "#,##0.00_ ;-#,##0.00_ ")

_TOKEN = re.compile(
    r"""
      "(?P<quoted>[^"]*)"?
    | \\(?P<escaped>.?)
    | _(?P<skip>.?)
    | \*(?P<fill>.?)
    | \[(?P<bracket>[^\]]*)\]?
    | (?P<general>G/通用格式|General|GENERAL|general)
    | (?P<halves>AM/PM|am/pm|A/P|a/p|上午/下午)
    | (?P<exponent>[Ee][+-])
    | (?P<char>.)
    """,
    re.X | re.S,
)
_ELAPSED = re.compile("h+|m+|s+", re.I)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9]+(?:\.[0-9]+)?)")
_COLOURS = frozenset(
    [
        "black",
        "blue",
        "cyan",
        "green",
        "magenta",
        "red",
        "white",
        "yellow",
        "黑色",
        "蓝色",
        "青色",
        "绿色",
        "洋红",
        "红色",
        "白色",
        "黄色",
    ]
)
_COLOUR_NUMBER = re.compile(r"(?:color|颜色)\s*[0-9]{1,2}", re.I)
_CURRENCY = re.compile(r"\$([^-\]]*)(?:-[0-9A-Fa-f]*)?(?:,[0-9A-Fa-f]*)?")
_DATE_LETTERS = frozenset("ymdhsegab")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a section: kind is "literal", "digit", "point", "comma", "percent", "slash", "at", "general" …"""

    kind: str
    text: str


@dataclass(frozen=True)
class Section:
    """What a code does with the numbers of one sign, or with texts."""

    parts: tuple[Part, ...]
    condition: tuple[str, Decimal] | None
    is_elapsed: bool = False
    is_unsure: bool = False  # a bracket or letter of which nobody can say what Excel shows
    has_words: bool = False  # [DBNum1]: the digits are shown as Chinese characters
    letters: frozenset[str] = field(default_factory=frozenset)  # letters of dates

    @cached_property
    def kind(self) -> str:
        """ "date", "text", "general", "number", or "unknown"; a section of literals only is a number."""
        kinds = {part.kind for part in self.parts}
        digits = "digit" in kinds
        if self.is_elapsed or self.letters:
            return (
                "unknown"
                if self.is_unsure or "at" in kinds or (digits and "s" not in self.letters)
                else "date"
            )
        if self.is_unsure or self.has_words or ({"at", "general"} & kinds and digits):
            return "unknown"
        if "at" in kinds:
            return "text"
        return "general" if "general" in kinds else "number"

    @cached_property
    def has_month(self) -> bool:
        """Whether an m is the month, not the minute: it is the minute next to hours or seconds."""
        return "m" in self.letters and not self.letters & set("hs")

    @cached_property
    def digits(self) -> int:
        return sum(part.kind == "digit" for part in self.parts)

    @cached_property
    def literals(self) -> str:
        return "".join(part.text for part in self.parts if part.kind in ("literal", "slash"))

    @cached_property
    def is_bare(self) -> bool:
        """Whether the section shows exactly one text or general number, with nothing around it."""
        return not self.literals.strip() and sum(part.kind in ("at", "general") for part in self.parts) == 1

    @cached_property
    def percents(self) -> int:
        return sum(part.kind == "percent" for part in self.parts)

    @cached_property
    def is_scientific(self) -> bool:
        return any(part.kind == "exponent" for part in self.parts)

    @cached_property
    def is_fraction(self) -> bool:
        """Whether a slash between placeholders makes a fraction; other slashes are shown."""
        kinds = [part.kind for part in self.parts if part.text.strip()]
        return any(kind == "slash" and "digit" in kinds[:at] for at, kind in enumerate(kinds)) and bool(
            re.search(r"[0#?]\s*/\s*[0-9#?]", "".join(part.text for part in self.parts))
        )

    @cached_property
    def is_special(self) -> bool:
        return bool(
            self.percents or self.is_scientific or self.is_fraction or self.scalings or self.points > 1
        )

    @cached_property
    def points(self) -> int:
        return sum(part.kind == "point" for part in self.parts)

    def _find_point(self) -> int:
        return next((at for at, part in enumerate(self.parts) if part.kind == "point"), len(self.parts))

    @cached_property
    def decimals(self) -> int:
        after = self.parts[self._find_point() :]
        end = next((at for at, part in enumerate(after) if part.kind == "exponent"), len(after))
        return sum(part.kind == "digit" for part in after[:end])

    @cached_property
    def zeros(self) -> int:
        """The number of digits before the point that are always shown."""
        whole = [part.text for part in self.parts[: self._find_point()] if part.kind == "digit"]
        return len(whole) - whole.index("0") if "0" in whole else 0

    @cached_property
    def _last_whole_digit(self) -> int:
        places = [at for at, part in enumerate(self.parts[: self._find_point()]) if part.kind == "digit"]
        return places[-1] if places else -1

    @cached_property
    def scalings(self) -> int:
        """The number of commas right behind the last digit; each divides by a thousand."""
        places = [at for at, part in enumerate(self.parts) if part.kind == "digit"]
        whole, last = self._last_whole_digit, places[-1] if places else -1
        return sum(self._count_commas(place) for place in {whole, last} if place >= 0)

    def _count_commas(self, place: int) -> int:
        count = 0
        while place + 1 + count < len(self.parts) and self.parts[place + 1 + count].kind == "comma":
            count += 1
        return count

    @cached_property
    def has_thousands(self) -> bool:
        places = [at for at, part in enumerate(self.parts[: self._find_point()]) if part.kind == "digit"]
        return len(places) > 1 and any(self.parts[at].kind == "comma" for at in range(places[0], places[-1]))

    @cached_property
    def is_split(self) -> bool:
        """Whether a literal is between the digits: 000-0000-0000."""
        places = [at for at, part in enumerate(self.parts) if part.kind == "digit"]
        inside = self.parts[places[0] : places[-1]] if places else ()
        return any(part.kind in ("literal", "slash") for part in inside)

    def meets_condition(self, value: float) -> bool:
        assert self.condition
        sign, limit = self.condition
        number = Decimal(repr(value))
        return {
            "<": number < limit,
            ">": number > limit,
            "=": number == limit,
            "<=": number <= limit,
            ">=": number >= limit,
            "<>": number != limit,
        }[sign]

    def fill_text(self, text: str) -> str:
        """Return the section with the text in the place of @ or General."""
        return "".join(text if part.kind in ("at", "general") else part.text for part in self.parts).strip()

    def can_show_fraction(self, number: Fraction) -> bool:
        """Return whether the fraction shows the number exactly."""
        code = "".join(part.text for part in self.parts)
        found = re.search(r"/\s*([0-9]+|[#?0]+)", code)
        if not found:
            return False
        if found[1].strip("0#?"):
            near = Fraction(round(number * int(found[1])), int(found[1]))
        else:
            near = number.limit_denominator(10 ** min(len(found[1]), 9) - 1)
        return abs(near - number) < Fraction(1, 10**9)  # more is no rounding error of doubles

    def fill_digits(self, number: Decimal) -> str | None:
        """Return the section with the digits of a number that is not negative; None if the code is too odd."""
        whole, _, decimals = format(number, "f").partition(".")
        point = self._find_point()
        if self.has_thousands and self.is_split:
            return None
        head = self._fill_whole(self.parts[:point], "" if whole == "0" else whole)
        return head + self._fill_decimals(self.parts[point:], decimals)

    def _fill_whole(self, parts: tuple[Part, ...], digits: str) -> str:
        first = next((at for at, part in enumerate(parts) if part.kind == "digit"), -1)
        left, out = digits, []
        for at in range(len(parts) - 1, -1, -1):
            part = parts[at]
            if part.kind == "digit":
                taken = left if at == first else left[-1:]
                left = left[: len(left) - len(taken)]
                out.append(taken or {"0": "0", "?": " "}.get(part.text, ""))
            elif part.kind not in ("comma", "point"):
                out.append(part.text)
        text = "".join(reversed(out))
        return (
            re.sub(r"[0-9]+", lambda run: f"{int(run[0]):,}", text, count=1) if self.has_thousands else text
        )

    def _fill_decimals(self, parts: tuple[Part, ...], decimals: str) -> str:
        wanted = [part.text for part in parts if part.kind == "digit"]
        significant = len(decimals.rstrip("0"))
        out, at = [], 0
        for part in parts:
            if part.kind == "digit":
                shown = at < significant or "0" in wanted[at:]
                out.append(decimals[at] if shown else " " if part.text == "?" else "")
                at += 1
            elif part.kind == "point":
                out.append(".")
            elif part.kind != "comma":
                out.append(part.text)
        return "".join(out)


@lru_cache(maxsize=4096)
def parse_code(code: str) -> tuple[Section, ...]:
    """Return the sections of a code; at least one."""
    sections: list[list[re.Match[str]]] = [[]]
    for token in _TOKEN.finditer(code or "General"):
        if token["char"] == ";":
            sections.append([])
        else:
            sections[-1].append(token)
    return tuple(_parse_section(tokens) for tokens in sections)


def _parse_section(tokens: list[re.Match[str]]) -> Section:
    parts: list[Part] = []
    letters: set[str] = set()
    condition: tuple[str, Decimal] | None = None
    is_elapsed = is_unsure = has_words = False
    for token in tokens:
        kind, text = token.lastgroup or "", token[token.lastgroup or 0]
        if kind == "bracket":
            if _ELAPSED.fullmatch(text):
                is_elapsed = True
                letters.add(text[0].lower())
            elif found := _CONDITION.fullmatch(text):
                condition = (found[1], Decimal(found[2]))
            elif currency := _CURRENCY.fullmatch(text):
                parts.append(Part("literal", currency[1]))
            elif text.casefold().startswith("dbnum"):
                has_words = True
            elif text.casefold() not in _COLOURS and not _COLOUR_NUMBER.fullmatch(text):
                is_unsure = True
        elif kind == "halves":
            letters.add("h")
        elif kind == "char" and text.lower() in _DATE_LETTERS:
            letters.add(text.lower())
        elif kind == "char" and (text == "!" or (text.isascii() and text.isalpha())):
            is_unsure = True  # "!" escapes in some languages and is shown in others
        else:
            parts += _make_parts(kind, text)
    return Section(tuple(parts), condition, is_elapsed, is_unsure, has_words, frozenset(letters))


_CHARS = {
    "0": "digit",
    "#": "digit",
    "?": "digit",
    ".": "point",
    ",": "comma",
    "%": "percent",
    "/": "slash",
    "@": "at",
}


def _make_parts(kind: str, text: str) -> Iterator[Part]:
    if kind == "skip":
        yield Part("literal", " ")
    elif kind == "general":
        yield Part("general", "")
    elif kind == "exponent":
        yield Part("exponent", text)
    elif kind == "char":
        yield Part(_CHARS.get(text, "literal"), text)
    elif kind in ("quoted", "escaped"):
        yield Part("literal", text)
