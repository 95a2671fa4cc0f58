"""Steps of the set-up, in order or in parallel; a step is skipped while its sources have not changed."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from launcher.messages import make_failure, say
from launcher.processes import run_beside


@dataclass(frozen=True)
class Step:
    """A part of the set-up; it is done when its stamp file contains the fingerprint of its sources."""

    title: str
    stamp: Path
    fingerprint: str

    def is_done(self) -> bool:
        return self.stamp.exists() and self.stamp.read_text() == self.fingerprint

    def run_if_needed(self, run: Callable[[], None]) -> None:
        """Call `run` and write the stamp, unless the step is done."""
        if not self.is_done():
            say(f"正在{self.title} …")
            run()
            self.stamp.write_text(self.fingerprint)

    @contextlib.contextmanager
    def begin(
        self, argv: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> Iterator[Callable[[], None]]:
        """Start the step's program in parallel, unless it is done; yield the function that waits for it."""
        if self.is_done():
            yield lambda: None
            return
        with begin_step(self.title, argv, log, environment) as finish:
            yield lambda: self.run_if_needed(finish)


def run_step(what: str, argv: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run a program to its end; raise LauncherError, named `what`, if it fails."""
    with begin_step(what, argv, log, environment) as finish:
        finish()


@contextlib.contextmanager
def begin_step(
    what: str, argv: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Callable[[], None]]:
    """Start a program in parallel; yield the function that waits for it and raises LauncherError.

    No other program may write to the log meanwhile, because the cause of a failure is read from it.
    """
    begun = log.stat().st_size if log.exists() else 0
    with run_beside(argv, log=log, environment=environment) as program:

        def finish() -> None:
            if program.wait() != 0:
                raise make_failure(what, log, begun)

        yield finish


def compute_fingerprint(files: Sequence[Path], *more: str) -> str:
    """Return a hash of the contents of files and of further texts."""
    return hashlib.sha256(
        b"\0".join([*(file.read_bytes() for file in files), *map(str.encode, more)])
    ).hexdigest()
