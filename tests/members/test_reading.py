"""The child process that reads uploads: what it refuses, what it takes, and what is left when it dies."""

import fcntl
import json
import os
import pickle
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from members.sheets import reading
from members.sheets.frames import FrameError, read_frames, write_frames
from members.sheets.grids import SheetError, parse_file
from members.sheets.limits import Limits
from members.sheets.reading import read_file
from members.sheets.values import Unreadable
from tests.members.hostile_files import HOSTILE, TEXT_HEADER, far_cell, make_package, repeat
from tests.members.sheet_files import HEADER, LI, ZHANG, make_csv_text, make_xlsx

ROOT = Path(__file__).resolve().parents[2]
SECONDS, MEGABYTES = 10, 300
# A process of its own: the memory of its children is then theirs, and not what the tests had when they began.
# Processor time, not the clock: other work on the machine does not make a file hostile.
READ = """
import json, resource, sys
sys.path.insert(0, sys.argv[1])
from members.sheets.grids import SheetError
from members.sheets.reading import read_file
def measure_processor():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
content, begin, answer = sys.stdin.buffer.read(), measure_processor(), {}
try:
    raw = read_file(content, "名单." + sys.argv[2])
    answer["rows"] = max(sum(len(grid.rows) for grid in grids) for grids in raw.readings)
except SheetError as error:
    answer["refusal"] = str(error)
answer["seconds"] = measure_processor() - begin
answer["child"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
# Not ru_maxrss: it includes the memory of the process that started this one.
answer["parent"] = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024
print(json.dumps(answer))
"""


def read_and_measure(content, suffix):
    done = subprocess.run(  # noqa: S603 (the command is fixed)
        [sys.executable, "-c", READ, str(ROOT), suffix],
        input=content,
        capture_output=True,
        check=True,
        timeout=200,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_or_read_within_bounds(name):
    make, suffix = HOSTILE[name]
    answer = read_and_measure(make(), suffix)
    assert "refusal" not in answer or "请" in answer["refusal"], answer
    assert answer["child"] <= MEGABYTES, answer
    assert answer["seconds"] <= SECONDS, answer


@pytest.mark.parametrize("name", ["area-nor", "area-space", "bomb390"])
def test_the_hostile_samples_are_refused_within_bounds(name):
    sample = ROOT.parent / "shared/cases/hostile" / f"{name}.xlsx"
    if not sample.exists():
        pytest.skip("the samples are not beside the repository")
    answer = read_and_measure(sample.read_bytes(), "xlsx")
    assert "请" in answer["refusal"]
    assert answer["child"] <= MEGABYTES
    assert answer["seconds"] <= SECONDS


def make_long_list(rows):
    """Return a workbook of 12 columns as Excel saves it, by shared texts."""
    texts: dict[str, int] = {}
    lines = []
    for number in range(rows):
        cells = [f"2018{number:08d}", f"张{number % 20_000}", f"学院{number % 30}", f"支部{number % 900}"]
        cells += [
            f"1381234{number:07d}",
            f"备注{number}",
            "共青团员",
            "是",
            "2018-09-01",
            "a",
            "b",
            f"TW{number * 7919:012d}",
        ]
        places = [texts.setdefault(cell, len(texts)) for cell in cells]
        lines.append(
            f'<row r="{number + 2}">'
            + "".join(f'<c r="{chr(65 + i)}{number + 2}" t="s"><v>{v}</v></c>' for i, v in enumerate(places))
            + "</row>"
        )
    strings = "<sst>" + "".join(f"<si><t>{text}</t></si>" for text in texts) + "</sst>"
    return make_package("".join(lines), strings=strings, level=1)


def test_an_honest_list_of_200_000_rows_is_read():
    content = make_long_list(199_990)
    assert 10_000_000 < len(content) < 20_000_000
    answer = read_and_measure(content, "xlsx")
    assert answer["rows"] == 199_991
    assert answer["parent"] < 400


def test_a_list_of_100_000_rows_takes_less_than_400_mb_together():
    answer = read_and_measure(make_long_list(100_000), "xlsx")
    assert answer["rows"] == 100_001
    assert answer["parent"] + answer["child"] < 400


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (make_xlsx(HEADER, ZHANG, (datetime(2018, 9, 1, 8, 30), date(2018, 9, 2), 1, 1.5, True)), "a.xlsx"),  # noqa: DTZ001 (a cell has no zone)
        (make_csv_text(HEADER, ZHANG, LI).encode("gb18030"), "a.csv"),
        (make_csv_text(HEADER, ZHANG, delimiter="\t").encode("utf-16"), "a.xls"),
    ],
)
def test_the_child_answers_what_the_parser_reads(content, filename):
    told, read = read_file(content, filename), parse_file(content, filename)
    assert (told.hidden_sheets, told.claims_excel) == (read.hidden_sheets, read.claims_excel)
    for of_child, here in zip(told.readings, read.readings, strict=True):
        for grid, other in zip(of_child, here, strict=True):
            assert (grid.name, grid.rows, list(grid.numbers)) == (other.name, other.rows, list(other.numbers))
            assert (grid.merges, grid.hidden_rows) == (other.merges, other.hidden_rows)


def test_the_child_gets_nothing_of_the_environment(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "a secret")
    seen = {}

    class Spy(subprocess.Popen):
        def __init__(self, *args, env, **options):
            seen.update(env)
            super().__init__(*args, env=env, **options)

    monkeypatch.setattr(reading.subprocess, "Popen", Spy)
    read_file(TEXT_HEADER.encode(), "a.csv")
    assert seen.keys() <= {"LC_ALL", "LD_LIBRARY_PATH"}


def list_children():
    return {
        path.parent.name
        for path in Path("/proc").glob("[0-9]*/stat")
        if path.exists() and path.read_text().rpartition(")")[2].split()[1] == str(os.getpid())
    }


def test_no_child_pipe_or_thread_is_left():
    before = list_children(), len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    for content in (TEXT_HEADER.encode(), far_cell('<c r="XFD1048576"><v>1</v></c>'), b"\0"):
        with suppress(SheetError):
            read_file(content, "a.xlsx")
    assert (list_children(), len(list(Path("/proc/self/fd").iterdir())), threading.active_count()) == before


def test_a_file_that_takes_too_long_is_refused():
    content = make_package(repeat("<row>" + "<c/>" * 20 + "</row>", 200))
    limits = Limits(memory=1 << 29, seconds=1, patience=5)
    with pytest.raises(SheetError, match="读了太久"):
        read_file(content, "a.xlsx", limits)


def test_a_child_that_stops_is_ended_by_the_clock(monkeypatch):
    monkeypatch.setattr(reading, "_START", "import time; time.sleep(60)")
    monkeypatch.setattr(reading, "STARTING", 0.5)
    begin = time.monotonic()
    with pytest.raises(SheetError, match="读了太久"):
        read_file(TEXT_HEADER.encode(), "a.csv", Limits(memory=1 << 28, seconds=1, patience=0))
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize("answer", [b"", b"\1\0\0\0", b"\1\0\0\0x", b"\xff\xff\xff\xff", b"text " * 1000])
def test_an_answer_that_is_none_is_refused(monkeypatch, answer):
    program = f"import sys; sys.stdin.buffer.read(); sys.stdout.buffer.write({answer!r})"
    monkeypatch.setattr(reading, "_START", program)
    with pytest.raises(SheetError, match="已损坏"):
        read_file(TEXT_HEADER.encode(), "a.csv")


def test_the_parent_loads_only_plain_values():
    class Attack:
        def __reduce__(self):
            return os.system, ("true",)

    content = pickle.dumps(("rows", [1], [[Attack()]]))
    with pytest.raises(FrameError):
        list(read_frames(BytesIO(len(content).to_bytes(4, "little") + content).read))
    out, row = BytesIO(), [date(2018, 9, 1), timedelta(hours=2), Unreadable("公式", "x"), "字", 1.5, None]
    write_frames(out, [("rows", [1], [row]), ("end", 1)])
    out.seek(0)
    assert list(read_frames(out.read)) == [("rows", [1], [row]), ("end", 1)]


def test_heavy_files_are_read_one_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "_lock_file", tmp_path / "lock")
    content = make_package(repeat("<row><c/></row>", 30))
    with reading._open_lock() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SheetError, match="过几分钟再上传"):
            read_file(content, "a.xlsx", Limits(memory=1 << 28, seconds=6, patience=1))
        assert read_file(TEXT_HEADER.encode(), "a.csv").readings  # a small one does not wait
    assert read_file(content, "a.xlsx").readings


def test_a_heavy_file_waits_for_its_turn(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "_lock_file", tmp_path / "lock")
    content = make_package(repeat("<row><c/></row>", 30))
    with reading._open_lock() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        release = threading.Timer(1.5, lambda: fcntl.flock(lock, fcntl.LOCK_UN))
        release.start()
        begin = time.monotonic()
        assert read_file(content, "a.xlsx").readings
        release.join()
    assert time.monotonic() - begin > 1.4
