"""Feed broken and hostile files to the reader, and count what becomes of each.

    python benchmarks/fuzz_files.py [--files 50000] [--seconds 600] [--seed 1]

Each file is a mutation of a package, its XML, an .xls or a text; a process of its own with the reader's limits answers,
forked from this one, so that a file costs milliseconds. Prints one line of JSON, and fails if a file gets no answer and
did not end by a limit, takes more than MAX_SECONDS of processor, or more than MAX_MB. Needs no database.
"""

import argparse
import io
import json
import os
import random
import signal
import sys
import zipfile
from collections import Counter
from pathlib import Path
from time import monotonic

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from members.sheets import child
from members.sheets.frames import FrameError, read_frames
from members.sheets.limits import Limits
from tests.members.hostile_files import TEXT_HEADER, make_package, old_workbook

MAX_SECONDS, MAX_MB = 10, 300
WORDS = [
    b"<c/>", b"</c>", b"<row>", b'r="XFD1048576"', b"r='A9'", b"<v>", b"&#0;", b"&lt;", b"<!--", b"]]>", b"<![CDATA[",
    b't="s"', b't="b"', b"<si>", b'"', b",", b"\n", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"1e999", b"-1", b"9" * 30,
    b'="', b"\t", b";", "学号".encode(), "😀".encode(),
]  # fmt: skip
ROW = (
    '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>2018{0}</t></is></c><c r="B{0}" t="s"><v>{0}</v></c></row>'
)
STRINGS = "<sst>" + "".join(f"<si><t>张{n}</t></si>" for n in range(40)) + "</sst>"
PACKAGE = make_package("".join(ROW.format(n) for n in range(2, 30)), strings=STRINGS)
OLD = old_workbook(299, 0)
TEXT = (TEXT_HEADER + "".join(f'2018{n},张{n},法学院,"一,{n}"\n' for n in range(40))).encode()


def mutate(chance: random.Random, content: bytes) -> bytes:
    """Return the bytes with a few places changed, cut out, doubled, or replaced by a word."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        place, length = chance.randrange(len(data) + 1), chance.choice((1, 2, 8, 100))
        match chance.randrange(5):
            case 0:
                data[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[place : place + length]
            case 2:
                data[place:place] = data[place : place + length] * chance.choice((1, 2, 50))
            case 3:
                data[place:place] = chance.choice(WORDS)
            case 4:
                data[place : place + length] = chance.choice(WORDS)
    return bytes(data)


def mutate_part(chance: random.Random) -> bytes:
    """Return the package with one part mutated and the check sums right."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(PACKAGE)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        chosen = chance.choice(source.namelist())
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, mutate(chance, content) if name == chosen else content)
    return out.getvalue()


MAKERS = {
    "package": lambda chance: mutate(chance, PACKAGE),
    "xml": mutate_part,
    "xls": lambda chance: mutate(chance, OLD),
    "text": lambda chance: mutate(chance, TEXT),
}


def read_in_fork(content: bytes, name: str) -> tuple[str, float, float]:
    """Return ("read", "refused", "limit" or how it died, MB of memory at its peak, seconds of processor)."""
    order = {"filename": name, "heavy": False}
    limits = Limits.for_size(len(content))
    source, target = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(source)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        child.set_limits(memory=limits.memory, seconds=limits.seconds)
        with os.fdopen(target, "wb") as pipe:
            child.answer(content, order, pipe)
        os._exit(0)
    os.close(target)
    kinds, peak = set(), 0.0
    with os.fdopen(source, "rb") as pipe:
        try:
            for frame in read_frames(pipe.read):
                kinds.add(frame[0])
                peak = frame[1] / 1024 if frame[0] == "end" else peak
        except FrameError:
            kinds.add("silent")
    _, status, used = os.wait4(pid, 0)
    if "silent" not in kinds:
        return ("refused" if kinds & {"refused", "broken"} else "read"), peak, used.ru_utime + used.ru_stime
    ended = os.waitstatus_to_exitcode(status)
    limit = ended in (-signal.SIGABRT, -signal.SIGXCPU, -signal.SIGKILL)
    return ("limit" if limit else f"died {ended}"), used.ru_maxrss / 1024, used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    chance, found, begin, slowest, largest = random.Random(wanted.seed), Counter(), monotonic(), 0.0, 0.0
    files = 0
    while files < wanted.files and monotonic() - begin < wanted.seconds:
        kind = chance.choice(list(MAKERS))
        content = MAKERS[kind](chance)
        end, peak, seconds = read_in_fork(content, f"名单.{kind}")
        slowest, largest = max(slowest, seconds), max(largest, peak)
        found[end] += 1
        files += 1
    report = {"files": files, **found, "slowest_s": round(slowest, 2), "largest_mb": round(largest)}
    print(json.dumps(report | {"seconds": round(monotonic() - begin)}))
    died = [end for end in found if end.startswith("died")]
    if died or slowest > MAX_SECONDS or largest > MAX_MB:
        raise SystemExit("a file broke the bounds")


if __name__ == "__main__":
    main()
