"""Read an uploaded file in a child process with limits: bytes in, grids out.

No other process parses what somebody has uploaded. Whatever a file does to the child, the caller gets grids or a
SheetError in Chinese.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from members.sheets.frames import Frame, FrameError, read_frames
from members.sheets.grids import (
    RawFile,
    SheetError,
    make_damaged_error,
    make_too_big_error,
    make_too_slow_error,
    refuse_size,
)
from members.sheets.limits import Limits

STARTING = 30  # seconds for the child to start and to take the file
STRETCH = 6  # wall clock for one second of processor, on a host that has other things to do

_ROOT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.insert(0, sys.argv[1]); from members.sheets.child import main; main()"
_lock_file = Path(tempfile.gettempdir()) / f"portal-reader-{os.getuid()}.lock"
logger = logging.getLogger(__name__)


def set_lock_file(path: Path) -> None:
    """Use this file as the lock under which a host reads one heavy file at a time."""
    global _lock_file
    _lock_file = path


def read_file(content: bytes, filename: str, limits: Limits | None = None) -> RawFile:
    """Return the grids of a file; raise SheetError, in Chinese, for a file that is not a readable table."""
    refuse_size(content, filename)
    limits = limits or Limits.for_size(len(content))
    with _open_lock() as lock, _start_child(lock) as child:
        clock = _Clock(child, limits)
        assert child.stdin is not None and child.stdout is not None
        with clock.running():
            _send(child.stdin, content, {"filename": filename, "lock": lock, **asdict(limits)})
            try:
                frames = _check_frames(read_frames(child.stdout.read), clock, filename)
                return RawFile.from_frames(filename, frames)
            except FrameError as error:
                code = _await_end(child)
                logger.warning("The reader of an upload ended with %s: %s", code, error)
                raise _explain_death(code, clock, filename) from error


def _await_end(child: subprocess.Popen[bytes]) -> int:
    """Return how a child ended that answers no more; give it a second to end by itself."""
    with suppress(subprocess.TimeoutExpired):
        return child.wait(timeout=1)
    child.kill()
    child.wait()
    return 0  # it answered with something that is no frame


@contextmanager
def _open_lock() -> Iterator[int]:
    """Open the lock file; the child that inherits it keeps the lock until it ends."""
    lock = os.open(_lock_file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        yield lock
    finally:
        os.close(lock)


@contextmanager
def _start_child(lock: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start a child without the portal's environment, and leave none behind."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    child = subprocess.Popen(  # noqa: S603 (nothing in the command comes from outside)
        [sys.executable, "-I", "-X", "utf8", "-c", _START, str(_ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        pass_fds=(lock,),
        env={"LC_ALL": "C.UTF-8", **kept},
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                with suppress(OSError):  # what is left in the buffer goes nowhere
                    pipe.close()


def _send(pipe: IO[bytes], content: bytes, order: dict[str, Any]) -> None:
    with suppress(BrokenPipeError):  # the child has died; its answer will be missing
        pipe.write(json.dumps(order | {"size": len(content)}).encode() + b"\n")
        pipe.write(content)
        pipe.close()


class _Clock:
    """Kills the child when it takes too long: first to get its turn, then to read."""

    def __init__(self, child: subprocess.Popen[bytes], limits: Limits) -> None:
        self.child, self.limits, self.rang = child, limits, False
        self._until = time.monotonic() + limits.patience + STARTING
        self._stop = threading.Event()

    def begin_reading(self) -> None:
        """Count from now on the seconds of reading."""
        self._until = time.monotonic() + STRETCH * self.limits.seconds

    @contextmanager
    def running(self) -> Iterator[None]:
        """Watch the child meanwhile."""
        watch = threading.Thread(target=self._watch, daemon=True)
        watch.start()
        try:
            yield
        finally:
            self._stop.set()
            watch.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            if time.monotonic() > self._until:
                self.rang = True
                self.child.kill()
                return


def _check_frames(frames: Iterator[Frame], clock: _Clock, filename: str) -> Iterator[Frame]:
    """Yield the frames of grids; raise SheetError where the child refuses the file."""
    for frame in frames:
        match frame:
            case ("started",):
                clock.begin_reading()
            case ("refused", str(sentence)):
                raise SheetError(sentence)
            case ("broken", str(kind)):
                logger.warning("The reader of an upload failed: %s", kind)
                raise make_damaged_error(filename)
            case _:
                yield frame


def _explain_death(code: int, clock: _Clock, filename: str) -> SheetError:
    """Return the error for a child that ended without an answer."""
    if clock.rang or code == -signal.SIGXCPU:
        return make_too_slow_error(filename)
    if code in (-signal.SIGABRT, -signal.SIGKILL):  # an allocation failed, or the system took the memory back
        return make_too_big_error(filename)
    return make_damaged_error(filename)
