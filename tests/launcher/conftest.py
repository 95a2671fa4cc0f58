"""Runs the real `./portal` on data folders of its own.

It inherits nothing from the surrounding `./portal test`: it starts its own servers, web server and worker.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

sys.path.insert(0, str(settings.BASE_DIR / "deploy"))  # the portal's own path has no launcher
from launcher.processes import tie_to_this_process

PORTAL = settings.BASE_DIR / "portal"
NOT_INHERITED = ("PORTAL_", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_", "PYTEST_")
START_SECONDS = 300
STOP_SECONDS = 30


def run_as_at_terminal() -> Callable[[], None]:
    """Return a function for a child process to run before its program starts.

    The child ends when the test run is stopped. It receives Ctrl-C even if the shell that started the tests in the
    background makes all its children ignore Ctrl-C.
    """
    tie = tie_to_this_process(signal.SIGTERM)

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        tie()

    return prepare


class Launcher:
    """`./portal` with one data folder and one port."""

    def __init__(self, data: Path):
        self.data = data
        self.program = PORTAL
        self.port = find_free_port()
        self.started: list[subprocess.Popen] = []
        kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
        self.environment = kept | {"PORTAL_VAR": str(data), "PORTAL_PORT": str(self.port)}

    def call(
        self, *arguments: str, timeout: int = START_SECONDS, **environment: str
    ) -> subprocess.CompletedProcess:
        return subprocess.run(
            [str(self.program), *arguments],
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            preexec_fn=tie_to_this_process(signal.SIGTERM),
        )

    def start(self, *arguments: str) -> subprocess.Popen:
        """Start a command without waiting for its end; its output goes to `<data>.out`."""
        with self.output.open("ab") as output:
            launcher = subprocess.Popen(
                [str(self.program), *arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=run_as_at_terminal(),
            )
        self.started.append(launcher)
        return launcher

    def run(self) -> subprocess.Popen:
        """Start `./portal run` and wait until it prints that the portal is running."""
        before = self.output.read_text().count("门户已启动") if self.output.exists() else 0
        launcher = self.start("run")
        wait_until(
            lambda: self.output.read_text().count("门户已启动") > before or launcher.poll() is not None
        )
        assert launcher.poll() is None, self.output.read_text()
        return launcher

    def sql(self, statement: str) -> str:
        """Return the first value of a statement in the portal's database; every call is a process of its own."""
        code = f"from django.db import connection as c; k = c.cursor(); k.execute({statement!r}); print(k.fetchone()[0])"
        done = self.call("manage", "shell", "--no-imports", "-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @property
    def output(self) -> Path:
        return self.data.with_name(f"{self.data.name}.out")

    def processes(self) -> dict[int, str]:
        """Return {process id: command line} of all processes of this data folder, of any user and any parent."""
        own = os.fsencode(f"PORTAL_VAR={self.data}")
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # the process has ended
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                marked = own in (entry / "environ").read_bytes().split(b"\0")
                inside = (entry / "cwd").readlink().is_relative_to(self.data)
                if state != "Z" and (marked or inside):
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return found

    def assert_nothing_left(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert left == {}

    def kill_everything(self) -> None:
        for launcher in self.started:
            launcher.kill()
            launcher.wait()
        for number in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)


def wait_until(condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def launcher_on() -> Iterator[Callable[[Path], Launcher]]:
    """Return a function that makes a launcher of a data folder; processes that it leaves are killed after the test."""
    made: list[Launcher] = []

    def make(data: Path) -> Launcher:
        made.append(Launcher(data))
        return made[-1]

    yield make
    for launcher in made:
        launcher.kill_everything()


@pytest.fixture
def launcher(launcher_on, tmp_path) -> Launcher:
    return launcher_on(tmp_path / "var")
