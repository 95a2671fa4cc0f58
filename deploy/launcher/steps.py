"""Steps of the set-up: one after the other or side by side, each skipped while nothing has changed."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from launcher.messages import failure, say
from launcher.processes import run_beside


@dataclass(frozen=True)
class Step:
    """A part of the set-up, done when its stamp carries the fingerprint of its sources."""

    title: str
    stamp: Path
    fingerprint: str

    def done(self) -> bool:
        return self.stamp.exists() and self.stamp.read_text() == self.fingerprint

    def do(self, run: Callable[[], None]) -> None:
        if not self.done():
            say(f"正在{self.title} …")
            run()
            self.stamp.write_text(self.fingerprint)

    @contextlib.contextmanager
    def begin(
        self, argv: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> Iterator[Callable[[], None]]:
        """Start the step, unless it is done, beside what follows; gives the function that waits for its end."""
        if self.done():
            yield lambda: None
            return
        with begin_step(self.title, argv, log, environment) as finish:
            yield lambda: self.do(finish)


def run_step(what: str, argv: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
    with begin_step(what, argv, log, environment) as finish:
        finish()


@contextlib.contextmanager
def begin_step(
    what: str, argv: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Callable[[], None]]:
    """Run a program beside what follows; gives the function that waits for its end and explains a failure.

    No other program may write to its log meanwhile: the cause of a failure is read there.
    """
    begun = log.stat().st_size if log.exists() else 0
    with run_beside(argv, log=log, environment=environment) as program:

        def finish() -> None:
            if program.wait() != 0:
                raise failure(what, log, begun)

        yield finish


def fingerprint(files: Sequence[Path], *more: str) -> str:
    """Tell one content of some files, and of what else matters, from any other."""
    return hashlib.sha256(
        b"\0".join([*(file.read_bytes() for file in files), *map(str.encode, more)])
    ).hexdigest()
