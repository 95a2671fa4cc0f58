"""Find the header of a grid by the names of its columns, and recognise lines that are no data."""

import re
import unicodedata
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from members.sheets.grids import Grid

SEARCHED_ROWS = 30

_UNSEEN = re.compile("[\\s\u200b-\u200f\u2060\ufeff*※★☆:#?？]+")
_FILLER = re.compile(r"\((?:必填|必填项|必选|非必填|选填|选填项|可选|可不填)\)|^(?:必填|选填)|(?:必填|选填)$")
_BRACKETS = re.compile(r"\([^()]*\)?|\[[^\[\]]*\]?|【[^【】]*】?")
# 手机（家长）and 姓名（拼音）are other columns, not the same column with a remark.
_OTHER = re.compile("拼音|英文|曾用|家长|家庭|父|母|监护|紧急|备用|辅导|班主任|教师|老师|导师|原|旧|曾")
# Words around a column's name that do not change its meaning: 所在团支部全称, 学生手机号, 当前政治面貌.
_AROUND = re.compile(r"^(?:学生|本人|现|当前|目前|所在|所属|直属|直接)+|(?:名称|全称)$")
_IN_MINUTES = re.compile(r"[(\[【/](?:单位)?(?:分钟|分|min|mins|minutes)[)\]】]?$")


@dataclass(frozen=True)
class Column:
    """A column that a kind of file may have."""

    key: str
    title: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    # A rule for further names, matched as a whole, after titles and aliases of all columns.
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A column of a field: its position, its rank by meaning and the doubt of its name (0 is the plain title)."""

    position: int
    rank: int
    doubt: int


@dataclass(frozen=True)
class Header:
    """The header of a table: `columns` gives the position of each known column.

    `last_row` is 0-based in the grid; data starts below it. `in_minutes`: positions of columns in minutes.
    `several`: for a field with several columns all of them, the best first.
    """

    texts: tuple[str, ...]
    last_row: int
    columns: dict[str, int]
    in_minutes: frozenset[int]
    complete: bool
    several: dict[str, tuple[Place, ...]]


# Which of two columns of a field a person would believe: 认定时长 before 时长 before 申报时长.
FIRST, PLAIN, LAST = 0, 1, 2
_FIRST = re.compile("认定|认可|核定|审定|核准|核实|实际|实到|确认|最终|有效|签到|签退|签入|签出|打卡")
_LAST = re.compile("申报|申请|计划|预计|预定|拟|活动|信用|起止|时段|时间段|累计|合计|总")


def get_rank(text: str, doubt: int) -> int:
    """Return FIRST for a column of what was recognised, LAST for one of what was planned, else PLAIN."""
    if _FIRST.search(text):
        return FIRST
    return LAST if doubt and _LAST.search(text) else PLAIN


def is_blank(cell: object) -> bool:
    """Return whether a cell is empty or has only white space."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


@lru_cache(maxsize=4096)
def _normalise(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    return _FILLER.sub("", _UNSEEN.sub("", text))


_DUTY = re.compile(r"[(\[【](?:必填|选填|必须|可选|必填项|选填项)[)\]】]")


def fold_header(text: str) -> str:
    """Return a header without spaces, signs and （必填）: two columns with one folded header are one column."""
    return _DUTY.sub("", _normalise(text))


def _list_readings(text: str) -> Iterator[tuple[int, str]]:
    """Yield (doubt, text) for each way to read a header cell, the surest first.

    班级/团支部（全称） is read as a whole, without brackets, and by its parts; 院（系） also as 院系.
    """
    whole = _normalise(text)
    yield 0, whole
    if _OTHER.search(whole):
        return
    bare = _BRACKETS.sub("", whole)
    yield 2, bare
    for part in re.split(r"[/、或]", bare):
        yield 4, part
    for content in re.findall(r"[(\[【]([^()\[\]【】]*)", whole):
        yield 6, content
    for text in (re.sub(r"[()\[\]【】/、]", "", whole), bare):
        yield 8, text
        yield 10, _AROUND.sub("", text)


class Vocabulary:
    """The names of the columns of a kind of file, and its required columns."""

    def __init__(self, columns: Sequence[Column], any_of: Sequence[frozenset[str]]) -> None:
        self.titles = {column.key: column.title for column in columns}
        self.required = frozenset(column.key for column in columns if column.required)
        self.any_of = tuple(any_of)
        self.identifying = self.required.union(*any_of) or frozenset(self.titles)
        self._names: dict[str, tuple[int, str]] = {}
        self._patterns = [(column.pattern, column.key) for column in columns if column.pattern]
        for column in columns:
            self._names[_normalise(column.title)] = (0, column.key)
        for column in columns:
            for alias in column.aliases:
                self._names.setdefault(_normalise(alias), (1, column.key))

    def knows(self, text: str) -> bool:
        """Return whether the text is a title, an alias or a further name of a column."""
        return self._find(_normalise(text)) is not None

    def is_complete(self, keys: Set[str]) -> bool:
        """Return whether a header with these columns has all required ones."""
        return self.required <= keys and all(keys & choice for choice in self.any_of)

    def describe_missing(self, keys: Set[str]) -> str:
        """Return the Chinese names of the required columns that a header with these columns lacks."""
        single = "、".join(f"“{self.titles[key]}”" for key in self.titles if key in self.required - keys)
        lacking = [single] if single else []
        for choice in self.any_of:
            if not keys & choice:
                names = "、".join(f"“{title}”" for key, title in self.titles.items() if key in choice)
                lacking.append(f"{names}中的至少一列")
        return "，以及".join(lacking)

    def match(self, texts: Sequence[str]) -> dict[str, int]:
        """Return {column key: position}; of several columns of a field the best."""
        return {key: places[0].position for key, places in self.match_all(texts).items()}

    def match_all(self, texts: Sequence[str]) -> dict[str, tuple[Place, ...]]:
        """Return {column key: its columns, the best first}.

        认定 and 实际 come before others, 申报 and 活动 behind them; then the canonical title, then the first.
        """
        found: dict[str, list[Place]] = {}
        for position, text in enumerate(texts):
            if text and (named := self._understand(text)):
                doubt, key = named
                found.setdefault(key, []).append(Place(position, get_rank(text, doubt), doubt))
        return {
            key: tuple(sorted(places, key=lambda place: (place.rank, place.doubt, place.position)))
            for key, places in found.items()
        }

    def list_keys(self, texts: Sequence[str]) -> list[str | None]:
        """Return the key of the column with each text, or None."""
        named = [self._understand(text) if text else None for text in texts]
        return [found[1] if found else None for found in named]

    def _understand(self, text: str) -> tuple[int, str] | None:
        for doubt, name in _list_readings(text):
            if found := self._find(name):
                return doubt + found[0], found[1]
        return None

    def _find(self, name: str) -> tuple[int, str] | None:
        """Return (rank, key) of the column with this name, the lower the surer; None for an unknown name."""
        if name in self._names:
            return self._names[name]
        return next(((1, key) for pattern, key in self._patterns if pattern.fullmatch(name)), None)

    def find_header(self, grid: Grid) -> Header | None:
        """Return the row or pair of rows, among the first 30, that names most columns, or None."""
        best: tuple[tuple[bool, int], Header] | None = None
        for index in _list_first_filled_rows(grid.rows):
            single = self._build_header(_read_texts(grid.rows[index]), index)
            candidates = [single]
            if index + 1 < len(grid.rows):
                below = self._build_header(_read_texts(grid.rows[index + 1]), index + 1)
                double = self._build_header(_join_header_rows(grid, index, self), index + 1)
                # Two rows form one header only if each names a column that the other lacks.
                if len(double.columns) > max(len(single.columns), len(below.columns)):
                    candidates.insert(0, double)
            for header in candidates:
                rank = (header.complete, len(header.columns))
                if header.columns and (best is None or rank > best[0]):
                    best = (rank, header)
        return best[1] if best else None

    def _build_header(self, texts: tuple[str, ...], last_row: int) -> Header:
        found = self.match_all(texts)
        columns = {key: places[0].position for key, places in found.items()}
        several = {key: places for key, places in found.items() if len(places) > 1}
        known = [place.position for places in found.values() for place in places]
        in_minutes = frozenset(p for p in known if _IN_MINUTES.search(_normalise(texts[p])))
        return Header(texts, last_row, columns, in_minutes, self.is_complete(columns.keys()), several)

    def find_repeated_header(self, row: Sequence[object], index: int, header: Header) -> Header | None:
        """Return the header that a row repeats in pasted pages, or None for a row of data."""
        again = self._build_header(_read_texts(row), index)
        enough = len(again.columns) >= min(2, len(header.columns))
        return again if again.complete and enough else None


def _read_texts(row: Sequence[object]) -> tuple[str, ...]:
    return tuple(cell.strip() if isinstance(cell, str) else "" for cell in row)


def _list_first_filled_rows(rows: Sequence[Sequence[object]]) -> Iterator[int]:
    seen = 0
    for index, row in enumerate(rows):
        if seen == SEARCHED_ROWS:
            return
        if not all(is_blank(cell) for cell in row):
            seen += 1
            yield index


def _join_header_rows(grid: Grid, index: int, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Join a row of groups and the row of names below it to one header: 联系方式 over 手机 | 邮箱."""
    upper, lower = _read_texts(grid.rows[index]), _read_texts(grid.rows[index + 1])
    width = max(len(upper), len(lower))
    upper += ("",) * (width - len(upper))
    lower += ("",) * (width - len(lower))
    texts, group = [], ""
    for above, name in zip(upper, lower, strict=True):
        group = above or group
        if not name:
            texts.append(above)
        elif vocabulary.knows(name) and not _OTHER.search(group):
            texts.append(name)
        else:
            texts.append(group + name)
    return tuple(texts)


_TOTAL = re.compile(
    r"(?:本页|全院|全校|以上)?(?:合计|总计|小计|共计|累计|总数|总人数|人数合计|平均)"
    r"(?:人数|数|时长|小时)?(?:[:(\d共].*)?|(?:以上)?(?:总共|共有|共)\d+(?:人|名|条|行|个|项).*"
)
_SIGNATURE = re.compile(
    r"(?:填表|制表|填报|审核|复核|审批|经办|负责|联系|统计|录入|核对|报送|签字|签名|盖章|打印|导出|下载|数据截止|数据截至)"
    r"(?:人|者|单位|部门|学院|时间|日期|电话)?(?:签字|签名|签章)?(?:\(.*\))?(?::.*)?"
    r"|.{0,12}(?:人|书记|团委|团支书|领导|签字|签名|签章|盖章|公章|日期|时间|电话|单位|意见)(?:\(.*?\))?:.*"
    r"|\(?(?:盖章|公章|签字)\)?|(?:数据)?(?:截止|截至)(?:时间|日期|到|至)?\d.*"
)
_NOTE = re.compile(
    r"(?:备注|附注|注|说明|注意|注意事项|温馨提示|填表说明|填写说明|填报说明)\d*(?:[:.、,(\d].*)?|-?第\d+页.*|page\d+.*",
    re.S | re.I,
)
_LABEL = re.compile(
    "(?:填表|制表|填报|审核|复核|经办|负责|联系|统计|录入|打印|导出|填写)?(?:人|者|时间|日期|电话|单位)[:：]?"
)
_COUNT = re.compile(r"\d{1,6}(?:\.\d+)?(?:人|名|条|个|项|行|小时|h)?")


def get_footer_kind(cell: str) -> str:
    """Return "total", "signature" or "note" if the text begins such a line below a table, else ""."""
    text = unicodedata.normalize("NFKC", "".join(cell[:60].split()))
    for kind, pattern in (("total", _TOTAL), ("note", _NOTE), ("signature", _SIGNATURE)):
        if pattern.fullmatch(text):
            return kind
    return ""


def holds_record(row: Sequence[object], footer: str, header: Header, vocabulary: Vocabulary) -> bool:
    """Return whether a row that begins like a footer is a record nevertheless.

    It is a record if its identifying cells are filled, or more than half of its columns. The first word
    itself, labels (审核人：), header names and, in a row of totals, plain counts do not count as filled.
    """
    start = next(position for position, cell in enumerate(row) if not is_blank(cell))

    def is_label(cell: object) -> bool:
        return isinstance(cell, str) and bool(_LABEL.fullmatch("".join(cell.split())))

    def is_real(position: int) -> bool:
        cell = row[position] if position < len(row) else ""  # a line of a text file may end early
        if position == start or is_blank(cell):
            return False
        if footer == "signature" and is_label(row[position - 1]):  # 填表人 | 王老师 | 日期 | 2018-10-10
            return False
        if isinstance(cell, str):
            text = unicodedata.normalize("NFKC", "".join(cell.split()))
            if text.endswith(":") or vocabulary.knows(text) or _SIGNATURE.fullmatch(text):
                return False
            return not (footer == "total" and _COUNT.fullmatch(text))
        return not (footer == "total" and isinstance(cell, int | float) and cell < 10**6)

    filled = {key for key, position in header.columns.items() if is_real(position)}
    beginning = {key for key, position in header.columns.items() if position == start}
    if filled & vocabulary.identifying and vocabulary.is_complete(filled | beginning):
        return True
    return 2 * len(filled) > len(header.columns) - len(beginning)
