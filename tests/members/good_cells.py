"""How people write a value into a cell: texts, numbers with a format, dates, words for nothing.

Each function takes the value of the intent and returns a spelling of it; none of them calls the portal.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from random import Random


@dataclass(frozen=True)
class Written:
    """A cell: its stored value, the text that a person sees, and the number format between them."""

    value: object
    text: str
    format: str = "General"


BLANK = Written(None, "")
ERROR = "error value"  # in place of a number format: the cell holds an error, not its text
NOTHING = ("无", "/", "暂无", "nan", "N/A", "——", "待定", "undefined", "")


def write_text(chance: Random, value: str) -> Written:
    """Return the text, sometimes with spaces around it."""
    shown = chance.choice((value, value, value, f" {value}", f"{value} ", f"{value}\u3000"))
    return Written(shown, shown)


def write_nothing(chance: Random) -> Written:
    """Return an empty cell or a word for nothing."""
    word = chance.choice(NOTHING)
    return Written(word, word) if word else BLANK


def _widen(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def write_number(chance: Random, value: str) -> Written:
    """Return an identifier as text, or as a number whose format shows its zeros and letters."""
    digits = value.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    prefix = value[: len(value) - len(digits)]
    texts = [value, value, f" {value}", f"'{value}", _widen(value)]
    if chance.random() < 0.5:
        shown = chance.choice(texts)
        return Written(shown, shown)
    if prefix:
        return Written(int(digits), value, f'"{prefix}"{"0" * len(digits)}')
    if value.startswith("0"):
        return Written(int(value), value, "0" * len(value))
    if chance.random() < 0.2:
        return Written(f"{value}.0", f"{value}.0")
    return Written(int(value), value, chance.choice(("General", "0", "0_ ", "@")))


def write_name(chance: Random, value: str) -> Written:
    """Return a name: with inner spaces, with another middle dot, or as it is."""
    shown = value
    if "·" in value:
        shown = value.replace("·", chance.choice(("·", "•", "・", "．", ".", "&middot;", " · ")))
    elif len(value) == 2 and chance.random() < 0.4:
        shown = value[0] + chance.choice((" ", "\u3000", "  ", "\u200b", "&nbsp;")) + value[1]
    return write_text(chance, shown)


def write_phone(chance: Random, value: str) -> Written:
    """Return a phone as text, divided text, or a number."""
    parts = value[:3], value[3:7], value[7:]
    if chance.random() < 0.1:
        shown = value + chance.choice(("/", "、", "；", " ", ",")) + "13700000000"
        return Written(shown, shown)  # the first counts
    shown = chance.choice((value, value, " ".join(parts), "-".join(parts), f"+86{value}", _widen(value)))
    if chance.random() < 0.3:
        if chance.random() < 0.5:
            return Written(int(value), "-".join(parts), "000-0000-0000")
        return Written(int(value), value)
    return Written(shown, shown)


WEEKDAYS = "一二三四五六日"


def write_day(chance: Random, value: date) -> Written:
    """Return a day as text in many forms, or as a date with a format."""
    y, m, d = value.year, value.month, value.day
    weekday = WEEKDAYS[value.weekday()]
    texts = (
        f"{y}-{m:02}-{d:02}", f"{y}/{m}/{d}", f"{y}.{m:02}.{d:02}", f"{y}{m:02}{d:02}", f"{y}年{m}月{d}日",
        f"{y}-{m:02}-{d:02}（周{weekday}）", f"{y}年{m}月{d}日 星期{weekday}", f"{y}-{m}-{d}",
    )  # fmt: skip
    if chance.random() < 0.5:
        shown = chance.choice(texts)
        return Written(shown, shown)
    form, shown = chance.choice(
        (
            ("yyyy-mm-dd", texts[0]),
            ("yyyy/m/d", texts[1]),
            ('yyyy"年"m"月"d"日"', texts[4]),
            ("yyyy.mm.dd", texts[2]),
        )
    )
    return Written(chance.choice((value, datetime.combine(value, time()))), shown, form)


def write_moment(chance: Random, value: datetime) -> Written:
    """Return a day with its time, as text or as a date with a format."""
    y, m, d, clock = value.year, value.month, value.day, f"{value:%H:%M}"
    texts = (f"{y}-{m:02}-{d:02} {clock}", f"{y}/{m}/{d} {clock}", f"{y}年{m}月{d}日 {clock}")
    if chance.random() < 0.5:
        shown = chance.choice(texts)
        return Written(shown, shown)
    form, shown = chance.choice((("yyyy-mm-dd hh:mm", texts[0]), ("yyyy/m/d h:mm", texts[1])))
    return Written(value, shown, form)


def write_hours(chance: Random, minutes: int) -> Written:
    """Return a duration in a column whose header names no unit, or hours."""
    hours, rest = divmod(minutes, 60)
    decimal = f"{minutes / 60:.2f}".rstrip("0").rstrip(".")
    clock = f"{hours}小时" + (f"{rest}分钟" if rest else "")
    texts = [decimal, f"{decimal}小时", f"{decimal}h", clock, _widen(decimal)]
    if chance.random() < 0.5:
        shown = chance.choice(texts)
        return Written(shown, shown)
    if len(decimal.partition(".")[2]) == 1:
        form, shown = chance.choice(
            (("0.0", decimal), ('0.0"h"', f"{decimal}h"), ('0.0"小时"', f"{decimal}小时"))
        )
        return Written(float(decimal), shown, form)
    if "." in decimal:
        return Written(float(decimal), f"{minutes / 60:.2f}", "0.00")
    return Written(hours, f"{hours}h", '0"h"') if chance.random() < 0.3 else Written(hours, decimal)


def write_minutes(chance: Random, minutes: int) -> Written:
    """Return a duration in a column of minutes."""
    if chance.random() < 0.5:
        return Written(minutes, f"{minutes}分钟", '0"分钟"')
    return Written(minutes, str(minutes)) if chance.random() < 0.5 else Written(str(minutes), str(minutes))


def write_unit(chance: Random, value: str) -> Written:
    """Return the name of a unit; 1801班 may be a number with a format."""
    digits = value.removesuffix("班")
    if digits.isdigit() and value.endswith("班") and chance.random() < 0.6:
        return Written(int(digits), value, '0"班"')
    return write_text(chance, value)


def decorate(chance: Random, header: str) -> str:
    """Return a header as forms print it: 姓　名, *姓名, 姓名（必填）."""
    plain = unicodedata.normalize("NFKC", header)
    forms = [header] * 6 + [f"*{header}", f"{header}（必填）", f" {header} ", f"{header}："]
    if len(plain) == 2:
        forms += [f"{header[0]}\u3000{header[1]}", f"{header[0]}  {header[1]}"]
    return chance.choice(forms)


def write_clock(chance: Random, value: datetime) -> Written:
    """Return a time of the day without its day, as text or as a time with a format."""
    clock = f"{value:%H:%M}"
    if chance.random() < 0.5:
        shown = chance.choice(
            (clock, f"{clock}:00", clock.replace(":", "："), f"{value.hour}时{value.minute:02}分")
        )
        return Written(shown, shown)
    return Written(value.time(), clock, "hh:mm")


def write_span(chance: Random, begins: datetime, ends: datetime) -> Written:
    """Return beginning and end in one cell: 2018-10-20 14:00-16:00."""
    day = chance.choice((f"{begins:%Y-%m-%d}", f"{begins.year}年{begins.month}月{begins.day}日"))
    shown = f"{day} {begins:%H:%M}{chance.choice('-~至—')}{ends:%H:%M}"
    return Written(shown, shown)


def write_hidden(chance: Random, value: int) -> Written:
    """Return a number whose format shows something else or nothing; its row must be refused."""
    form, shown = chance.choice(((";;;", "#####"), ("0%", f"{value}00%"), ("0.00E+00", "1.00E+00")))
    return Written(value, shown, form)
