"""Child processes that never outlive the launcher.

Three mechanisms back each other up. The launcher stops its children in order. The kernel signals each direct
child when its parent dies, also after kill -9 (PR_SET_PDEATHSIG). A guard process then ends the remaining
members of their process groups (workers of granian and celery whose own parent hangs).
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
    """A long-running program: how to start it and how to end it.

    `grace`: seconds between stop signal and SIGKILL.
    """

    name: str
    argv: Sequence[str]
    log: Path
    folder: Path
    environment: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = GRACE_SECONDS
    identity: Identity | None = None


class Process:
    """A running service; it leads its own process group."""

    def __init__(self, service: Service):
        self.service = service
        rotate_log(service.log)
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
                preexec_fn=tie_to_this_process(service.stop_signal, service.identity),
            )

    def is_running(self) -> bool:
        return self.popen.poll() is None


def tie_to_this_process(death_signal: int, identity: Identity | None = None) -> Callable[[], None]:
    """Return a function that a child runs before exec.

    It makes the kernel send `death_signal` to the child when this process dies.
    """
    parent = os.getpid()

    def prepare() -> None:
        if identity is not None:
            identity.assume()
        # Set it after the change of uid, which clears it. The parent may have died before this line.
        libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() not in {parent, 0}:
            os._exit(1)

    return prepare


def stop_processes(processes: Iterable[Process]) -> None:
    """End processes and the remaining members of their groups; all at once, each within its own grace."""
    processes = list(processes)
    for process in processes:
        if process.is_running():
            process.popen.send_signal(process.service.stop_signal)
    begun = time.monotonic()
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.popen.wait(max(0.0, begun + process.service.grace - time.monotonic()))
        kill_group(process.popen.pid)
        process.popen.wait()


def kill_group(group: int, number: int = signal.SIGKILL) -> bool:
    """Signal a process group; return whether it still existed."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def has_members(group: int) -> bool:
    """Return whether a process of the group still runs; zombies do not count."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # the process has ended
            state, _, member_of = entry.read_text().rpartition(")")[2].split()[:3]
            if int(member_of) == group and state != "Z":
                return True
    return False


class Guard:
    """A process that outlives a killed launcher just long enough to end the process groups that it watches."""

    def __init__(self) -> None:
        reader, self._writer = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            _run_guard(reader, self._writer)
        os.close(reader)

    def watch(self, process: Process) -> None:
        """Let the guard end the process's group if the launcher dies."""
        os.write(self._writer, f"{process.popen.pid}\n".encode())

    def dismiss(self) -> None:
        """End the guard without further action; the groups that it watches must have ended."""
        os.write(self._writer, DISMISSED)
        os.close(self._writer)
        os.waitpid(self._pid, 0)


def _run_guard(reader: int, writer: int) -> NoReturn:
    """Wait for the launcher's end, and end the watched groups unless the guard was dismissed.

    The guard has inherited the launcher's locks and holds them until the groups have ended, so that the
    database outlives its users and the next start waits.
    """
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
    """Run a program while the block runs; a block that ends early also ends the program and its children.

    Without a log the program uses the caller's output. With a log its output goes there, but stdout goes to
    the caller if `shown`.
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
            preexec_fn=tie_to_this_process(signal.SIGTERM),
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


def run_to_end(
    argv: Sequence[str],
    *,
    log: Path | None = None,
    environment: Mapping[str, str] | None = None,
    shown: bool = False,
) -> int:
    """Run a step to its end and return its exit code; output and arguments are those of `run_beside`.

    If the launcher is stopped meanwhile, it ends the step first.
    """
    with run_beside(argv, log=log, environment=environment, shown=shown) as step:
        return step.wait()


def hand_over(argv: Sequence[str], environment: Mapping[str, str], folder: Path | None = None) -> int:
    """Run a program with the launcher's terminal and output, forward signals to it, and return its exit code.

    It runs in `folder`, or else in the caller's folder, so that relative file names are the caller's.
    """
    program = subprocess.Popen(
        argv, cwd=folder, env=environment, preexec_fn=tie_to_this_process(signal.SIGTERM)
    )

    def forward(number: int, _frame: object) -> None:
        if number != signal.SIGINT or not os.isatty(0):  # a terminal sends Ctrl-C to the program itself
            program.send_signal(number)

    before = {number: signal.signal(number, forward) for number in ENDING_SIGNALS}
    try:
        code = program.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def find_processes_in(folder: Path) -> list[int]:
    """Return the ids of processes whose working folder is `folder`.

    They are a server and its backends, even left-over ones.
    """
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # the process has ended, or belongs to another user
                if (entry / "cwd").readlink() == folder:
                    found.append(int(entry.name))
    return found


def rotate_log(log: Path) -> None:
    """Rename a large log (LOG_LIMIT_BYTES), so that one older part is kept."""
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
