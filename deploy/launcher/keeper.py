"""The keeper: one background process per data folder that owns the servers while somebody uses them.

Commands hold a shared lock on `lease`; the keeper ends the servers as soon as it can have that lock for itself,
so the last one out closes, whichever way it went (kill -9 included). The keeper holds `keeper` while it lives.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.messages import ERROR, LauncherError, failure, say
from launcher.places import ROOT, DataFolder, exclusive, open_lock
from launcher.processes import Process, stop
from launcher.servers import Postgres, Valkey, make_ground, wait_until_ready

SOCKET_PATH_BYTES = 107
LONGEST_SOCKET_NAME = ".s.PGSQL.5432.lock"
POLL_SECONDS = 0.1
KEEPER = "keeper"  # its process number, in the file of addresses
SERVERS = {server.variable: server for server in (Valkey, Postgres)}


@contextmanager
def servers(
    data: DataFolder, *, given: frozenset[str] = frozenset(), throw_away: bool = False
) -> Iterator[dict[str, str]]:
    """Use the servers of a data folder; gives their addresses as environment variables.

    `given` names the variables that the operator has set: those servers are not ours to start.
    """
    wanted = [variable for variable in SERVERS if variable not in given]
    if not wanted:
        yield {}
        return
    lease = open_lock(data.locks / "lease")
    try:
        fcntl.flock(lease, fcntl.LOCK_SH)  # waits while a keeper is on its way out
        with exclusive(data.locks / "start"):
            if not keeper_lives(data):
                _start_keeper(data, wanted, throw_away)
            addresses = json.loads(data.addresses.read_text())
        missing = [variable for variable in wanted if variable not in addresses]
        if missing:
            raise LauncherError(f"这个数据文件夹正由不提供 {'、'.join(missing)} 的命令使用，请等它结束。")
        yield {variable: addresses[variable] for variable in wanted}
    finally:
        _leave(data, lease)
        os.close(lease)


def keeper_lives(data: DataFolder) -> bool:
    lock = open_lock(data.locks / "keeper")
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _start_keeper(data: DataFolder, wanted: list[str], throw_away: bool) -> None:
    data.addresses.unlink(missing_ok=True)
    log = data.log("servers")
    begun = log.stat().st_size if log.exists() else 0
    say("正在启动数据库和缓存 …")
    with log.open("ab") as output:
        keeper = subprocess.Popen(
            [
                sys.executable,
                str(ROOT / "deploy/launcher"),
                "keep",
                str(data.path),
                str(int(throw_away)),
                *wanted,
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    while not data.addresses.exists():
        if keeper.poll() is not None:
            raise _keepers_own_words(log, begun)
        time.sleep(0.02)


def _keepers_own_words(log: Path, begun: int) -> LauncherError:
    """Repeat what a keeper that gave up has said: its last line is the error, what precedes is shown."""
    *shown, last = log.read_bytes()[begun:].decode(errors="replace").splitlines() or [""]
    if not last.startswith(ERROR):
        return failure("启动数据库和缓存", log, begun)
    for line in shown:
        say(line)
    return LauncherError(last.removeprefix(ERROR))


def _leave(data: DataFolder, lease: int) -> None:
    """Give the lease back; the last one out sends the keeper home and waits until the servers have ended."""
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # others go on using them
    if not keeper_lives(data):
        return
    try:
        os.kill(json.loads(data.addresses.read_text())[KEEPER], signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        return  # on its way up or out: it sees for itself that nobody is there
    while keeper_lives(data):
        time.sleep(0.02)


def keep(data: DataFolder, variables: list[str], *, throw_away: bool) -> int:
    """Run servers until nobody uses them; the body of the keeper process. Returns its exit code."""
    asked = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: asked.append(True))
    lease = open_lock(data.locks / "lease")

    def stopping() -> bool:
        return bool(asked) or _nobody_else_holds(lease)

    with exclusive(data.locks / "keeper"):
        try:
            return _serve(data, variables, stopping, throw_away=throw_away)
        finally:
            data.addresses.unlink(missing_ok=True)
            if throw_away and _nobody_else_holds(lease):  # else the command that made the folder removes it
                shutil.rmtree(data.path, ignore_errors=True)


def _serve(data: DataFolder, variables: list[str], stopping: Callable[[], bool], *, throw_away: bool) -> int:
    with _socket_folder(data) as sockets:
        ground = make_ground(data, sockets, throw_away)
        wanted = [SERVERS[variable](ground) for variable in variables]
        running: list[Process] = []
        try:
            for server in wanted:
                server.prepare()
                running.append(Process(server.service()))
            for server, process in zip(wanted, running, strict=True):
                wait_until_ready(server, process, stopping)
            _announce(data, {server.variable: server.address() for server in wanted})
            while not stopping():
                for process in running:
                    if not process.running():
                        raise failure(
                            f"{process.service.name} 意外退出，运行", process.service.log, process.log_start
                        )
                time.sleep(POLL_SECONDS)
        finally:
            stop(running)
    return 0


def _announce(data: DataFolder, addresses: dict[str, str]) -> None:
    draft = data.addresses.with_suffix(".new")
    draft.write_text(json.dumps({**addresses, KEEPER: os.getpid()}))
    draft.rename(data.addresses)


def _nobody_else_holds(lease: int) -> bool:
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _socket_folder(data: DataFolder) -> Iterator[Path]:
    """Give a private folder whose path is short enough for the address of a Unix socket."""
    if len(os.fsencode(data.sockets / LONGEST_SOCKET_NAME)) <= SOCKET_PATH_BYTES:
        for stale in data.sockets.glob("*"):
            stale.unlink()  # of a keeper that was killed; PostgreSQL heeds the note beside its socket
        yield data.sockets
        return
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        yield Path(folder)
