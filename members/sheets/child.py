"""The child process that parses an uploaded file: limited in memory, time and files, without the portal's secrets.

A parser dies of some files, or takes all memory for them: calamine allocates a dense block up to the farthest cell.
Here it is only this process that dies. The protocol is in `members.sheets.frames`.
"""

import fcntl
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from members.sheets.frames import Frame, write_frames
from members.sheets.grids import SheetError, make_too_big_error, measure_package, parse_file
from members.sheets.limits import choose_memory

# From this size on, packed or unpacked, a file waits until no other such file is read on this host.
HEAVY_BYTES = 512 * 1024
HEAVY_UNPACKED = 8 * 1024 * 1024
PAUSE = 0.1  # seconds between two looks at the lock


def main() -> None:
    """Read the order and the file from standard input, and write frames to standard output."""
    os.nice(10)
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing else may write between the frames
    order = json.loads(source.readline())
    set_limits(memory=order["memory"], seconds=order["seconds"])
    content = source.read(order["size"])
    packed, unpacked = measure_package(content)
    limit_memory(min(order["memory"], choose_memory(len(content), packed)))
    order["heavy"] = len(content) >= HEAVY_BYTES or unpacked >= HEAVY_UNPACKED
    with target:
        answer(content, order, target)


def set_limits(*, memory: int, seconds: int) -> None:
    """Limit this process: `memory` in bytes of writable data, `seconds` of processor; no files, no children."""
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(limit, (value, value))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))  # SIGXCPU first: it tells the parent why
    limit_memory(memory)


def limit_memory(memory: int) -> None:
    """Limit the writable data of this process; RLIMIT_AS would also count libraries and space that nobody touches."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def answer(content: bytes, order: dict, target: BinaryIO) -> None:
    """Write the file's grids as frames, or the reason in Chinese why it cannot be read."""
    filename = order["filename"]
    try:
        with wait_for_turn(order):
            write_frames(target, [("started",)])
            raw = parse_file(content, filename)
        frames: Iterator[Frame] | list[Frame] = raw.to_frames()
        write_frames(target, frames)
    except SheetError as error:
        write_frames(target, [("refused", str(error))])
    except MemoryError:
        write_frames(target, [("refused", str(make_too_big_error(filename)))])
    except BrokenPipeError:
        os._exit(1)  # nobody listens any more
    except BaseException as error:
        write_frames(target, [("broken", type(error).__name__)])
    write_frames(target, [("end", measure_peak())])


@contextmanager
def wait_for_turn(order: dict) -> Iterator[None]:
    """Hold the host's lock while a heavy file is parsed; raise SheetError if others hold it for too long."""
    if not order["heavy"]:
        yield
        return
    lock: int = order["lock"]  # an open file that the parent hands over
    parent, until = os.getppid(), time.monotonic() + order["patience"]
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if os.getppid() != parent:
                os._exit(1)  # the worker has died; another one starts again
            if time.monotonic() > until:
                raise SheetError(
                    f"服务器一直在读取其他大文件，没有轮到“{order['filename']}”，请过几分钟再上传"
                ) from None
            time.sleep(PAUSE)
    try:
        yield
    finally:
        os.close(lock)


def measure_peak() -> int:
    """Return the largest memory that this process had, in KB."""
    try:
        with Path("/proc/self/status").open(encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
