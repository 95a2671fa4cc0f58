"""The pipe between the reader's child process and its parent: pickled tuples, each behind its length.

The parent loads nothing but plain values, days, times and `Unreadable`: a child that a file has taken over cannot make
the parent run anything. Measured with 50,000 rows of 12 cells: see benchmarks/README.md.
"""

import pickle
import struct
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any, BinaryIO

# ("started",), ("file", hidden sheets, claims_excel), ("reading",), ("grid", name, merges, hidden rows, hidden columns),
# ("rows", numbers or None, rows), ("refused", sentence), ("broken", kind), ("end", peak in KB)
Frame = tuple[Any, ...]

_LENGTH = struct.Struct("<I")
MAX_FRAME = 64 * 1024 * 1024
MAX_TOTAL = 256 * 1024 * 1024
CELLS_AT_ONCE = 500_000
_ALLOWED = {
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "time"),
    ("datetime", "timedelta"),
    ("members.sheets.values", "Unreadable"),
}


class FrameError(Exception):
    """The child's answer breaks off or is none."""


class _Loader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise FrameError(f"{module}.{name}")
        return super().find_class(module, name)


def write_frames(target: BinaryIO, frames: Iterable[Frame]) -> None:
    """Write frames and flush them."""
    for frame in frames:
        content = pickle.dumps(frame, protocol=5)
        target.write(_LENGTH.pack(len(content)))
        target.write(content)
    target.flush()


def read_frames(read: Callable[[int], bytes]) -> Iterator[Frame]:
    """Yield the frames up to and with ("end", …); raise FrameError where the answer breaks off or is too long."""
    total = 0
    while True:
        (length,) = _LENGTH.unpack(_read_all(read, _LENGTH.size))
        total += length
        if length > MAX_FRAME or total > MAX_TOTAL:
            raise FrameError("too long")
        try:
            frame = _Loader(BytesIO(_read_all(read, length))).load()
        except FrameError:
            raise
        except Exception as error:
            raise FrameError(type(error).__name__) from error
        if not isinstance(frame, tuple) or not frame:
            raise FrameError("no frame")
        yield frame
        if frame[0] == "end":
            return


def _read_all(read: Callable[[int], bytes], size: int) -> bytes:
    content = read(size)
    if len(content) < size:
        raise FrameError("broken off")
    return content
