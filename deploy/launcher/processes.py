"""Child processes that never outlive the launcher.

Three nets, one under the other: the launcher stops its children in order; the kernel signals each direct child
when its parent dies, also on kill -9 (PR_SET_PDEATHSIG); a guard process then ends what is left of their
process groups (the workers of granian and of celery, should their own parent hang).
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from launcher.identity import Identity, libc
from launcher.places import ROOT

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 10.0
GUARD_SECONDS = 5.0
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DISMISSED = b"end\n"
LOG_LIMIT_BYTES = 20_000_000


@dataclass(frozen=True)
class Service:
    """A long-running program: how it is started and how it is asked to end."""

    name: str
    argv: Sequence[str]
    log: Path
    folder: Path
    environment: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = GRACE_SECONDS
    identity: Identity | None = None


class Process:
    """A running service, the leader of a process group of its own."""

    def __init__(self, service: Service):
        self.service = service
        rotate(service.log)
        self.log_start = service.log.stat().st_size if service.log.exists() else 0
        with service.log.open("ab") as output:
            self.popen = subprocess.Popen(
                service.argv,
                cwd=service.folder,
                env=dict(service.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=tied_to_this_process(service.stop_signal, service.identity),
            )

    def running(self) -> bool:
        return self.popen.poll() is None


def tied_to_this_process(death_signal: int, identity: Identity | None = None) -> Callable[[], None]:
    """Give the function that a child runs before exec, so that it gets `death_signal` when this process dies."""
    parent = os.getpid()

    def prepare() -> None:
        if identity is not None:
            identity.assume()
        # After the change of uid, which clears the setting; and the parent may have died before it was made.
        libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() not in {parent, 0}:
            os._exit(1)

    return prepare


def stop(processes: Iterable[Process]) -> None:
    """End processes and what is left of their groups; all at once, each within its own grace."""
    processes = list(processes)
    for process in processes:
        if process.running():
            process.popen.send_signal(process.service.stop_signal)
    begun = time.monotonic()
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.popen.wait(max(0.0, begun + process.service.grace - time.monotonic()))
        kill_group(process.popen.pid)
        process.popen.wait()


def kill_group(group: int, number: int = signal.SIGKILL) -> bool:
    """Signal a process group; say whether there still was one."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def has_members(group: int) -> bool:
    """Say whether a process of the group still runs; one that has ended but was not collected does not count."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # ended meanwhile
            state, _, member_of = entry.read_text().rpartition(")")[2].split()[:3]
            if int(member_of) == group and state != "Z":
                return True
    return False


class Guard:
    """A process that outlives a killed launcher just long enough to end the groups told to it."""

    def __init__(self) -> None:
        reader, self._writer = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            _guard(reader, self._writer)
        os.close(reader)

    def watch(self, process: Process) -> None:
        os.write(self._writer, f"{process.popen.pid}\n".encode())

    def dismiss(self) -> None:
        """Let the guard go; the groups it watches must have ended."""
        os.write(self._writer, DISMISSED)
        os.close(self._writer)
        os.waitpid(self._pid, 0)


def _guard(reader: int, writer: int) -> NoReturn:
    """Wait for the launcher's end. The locks that came with the fork stay held until the groups are gone, so
    that the database outlives its users and the next start waits."""
    os.setsid()
    for number in ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    os.close(writer)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    told = b""
    while chunk := os.read(reader, 4096):
        told += chunk
    if not told.endswith(DISMISSED):
        groups = [int(line) for line in told.split()]
        left = [group for group in groups if kill_group(group, signal.SIGTERM)]
        until = time.monotonic() + GUARD_SECONDS
        while left and time.monotonic() < until:
            time.sleep(0.1)
            left = [group for group in left if has_members(group)]
        for group in left:
            kill_group(group)
    os._exit(0)


@contextlib.contextmanager
def run_beside(
    argv: Sequence[str],
    *,
    log: Path | None = None,
    environment: Mapping[str, str] | None = None,
    shown: bool = False,
) -> Iterator[subprocess.Popen]:
    """Run a program beside what the block does; left early, the block ends it and what it has started.

    Without a log its output is the caller's own; with one, only its stdout, and only where `shown`.
    """
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(log.open("ab")) if log else None
        program = subprocess.Popen(
            argv,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL if log else None,
            stdout=None if shown else output,
            stderr=output,
            start_new_session=log is not None,
            preexec_fn=tied_to_this_process(signal.SIGTERM),
        )
        try:
            yield program
        finally:
            if program.poll() is None:
                _end(program, group=log is not None)


def _end(program: subprocess.Popen, *, group: bool) -> None:
    if group:
        kill_group(program.pid, signal.SIGTERM)
    else:
        program.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        program.wait(GRACE_SECONDS)
    if group:
        kill_group(program.pid)
    else:
        program.kill()
    program.wait()


def call(
    argv: Sequence[str],
    *,
    log: Path | None = None,
    environment: Mapping[str, str] | None = None,
    shown: bool = False,
) -> int:
    """Run a step to its end, its output as `run_beside` says; returns its exit code.

    A launcher that is stopped meanwhile ends the step first.
    """
    with run_beside(argv, log=log, environment=environment, shown=shown) as step:
        return step.wait()


def hand_over(argv: Sequence[str], environment: Mapping[str, str], folder: Path | None = None) -> int:
    """Run a program in our place: its terminal, its output, its exit code, and the signals that we get.

    It works in `folder`, or in the caller's, so that file names mean what the caller means.
    """
    program = subprocess.Popen(
        argv, cwd=folder, env=environment, preexec_fn=tied_to_this_process(signal.SIGTERM)
    )

    def forward(number: int, _frame: object) -> None:
        if number != signal.SIGINT or not os.isatty(0):  # a terminal's Ctrl-C reaches the program by itself
            program.send_signal(number)

    before = {number: signal.signal(number, forward) for number in ENDING_SIGNALS}
    try:
        code = program.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def processes_in(folder: Path) -> list[int]:
    """Find the processes whose working folder is `folder`: a server's, its backends' and their leftovers."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # ended meanwhile, or somebody else's
                if (entry / "cwd").readlink() == folder:
                    found.append(int(entry.name))
    return found


def rotate(log: Path) -> None:
    """Keep one older part of a log that has grown large."""
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
