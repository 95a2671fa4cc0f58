"""The keeper: one background process per data folder, which owns the servers while commands use them.

Each command holds a shared lock on `lease`. The keeper ends the servers as soon as it can lock `lease`
exclusively, so the servers end after the last command, even after kill -9. The keeper holds a lock on
`keeper` while it runs.
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

from launcher.messages import ERROR, LauncherError, make_failure, say
from launcher.places import ROOT, DataFolder, hold_lock, open_lock
from launcher.processes import Process, stop_processes
from launcher.servers import Postgres, Valkey, prepare_ground, wait_until_ready

SOCKET_PATH_BYTES = 107
LONGEST_SOCKET_NAME = ".s.PGSQL.5432.lock"
POLL_SECONDS = 0.1
KEEPER = "keeper"  # the key of its process id in the file of addresses
SERVERS = {server.variable: server for server in (Valkey, Postgres)}


@contextmanager
def use_servers(
    data: DataFolder, *, given: frozenset[str] = frozenset(), throw_away: bool = False
) -> Iterator[dict[str, str]]:
    """Start the servers of a data folder if needed, and yield their addresses as environment variables.

    `given` names the variables that the operator has set; the launcher does not start those servers. The last
    user of the servers ends them. Raises LauncherError if they do not start.
    """
    wanted = [variable for variable in SERVERS if variable not in given]
    if not wanted:
        yield {}
        return
    lease = open_lock(data.locks / "lease")
    try:
        fcntl.flock(lease, fcntl.LOCK_SH)  # waits while a keeper is ending
        with hold_lock(data.locks / "start"):
            if not is_keeper_alive(data):
                _start_keeper(data, wanted, throw_away)
            addresses = json.loads(data.addresses.read_text())
        missing = [variable for variable in wanted if variable not in addresses]
        if missing:
            raise LauncherError(f"这个数据文件夹正由不提供 {'、'.join(missing)} 的命令使用，请等它结束。")
        yield {variable: addresses[variable] for variable in wanted}
    finally:
        _give_lease_back(data, lease)
        os.close(lease)


def is_keeper_alive(data: DataFolder) -> bool:
    """Return whether a keeper runs for the data folder."""
    lock = open_lock(data.locks / "keeper")
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _start_keeper(data: DataFolder, wanted: list[str], throw_away: bool) -> None:
    """Start a keeper and wait until its servers answer; raise LauncherError if it ends before."""
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
            raise _read_keeper_error(log, begun)
        time.sleep(0.02)


def _read_keeper_error(log: Path, begun: int) -> LauncherError:
    """Return the error of a keeper that has failed: the last line of its log; print the lines before it."""
    *shown, last = log.read_bytes()[begun:].decode(errors="replace").splitlines() or [""]
    if not last.startswith(ERROR):
        return make_failure("启动数据库和缓存", log, begun)
    for line in shown:
        say(line)
    return LauncherError(last.removeprefix(ERROR))


def _give_lease_back(data: DataFolder, lease: int) -> None:
    """Release the lease; the last user signals the keeper to end and waits until the servers have ended."""
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # other commands still use the servers
    if not is_keeper_alive(data):
        return
    try:
        os.kill(json.loads(data.addresses.read_text())[KEEPER], signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        return  # the keeper is starting or ending: it notices by itself that nobody uses it
    while is_keeper_alive(data):
        time.sleep(0.02)


def run_keeper(data: DataFolder, variables: list[str], *, throw_away: bool) -> int:
    """Run the servers until nobody uses them, as the keeper process; return the exit code."""
    asked = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: asked.append(True))
    lease = open_lock(data.locks / "lease")

    def is_stopping() -> bool:
        return bool(asked) or _is_held_by_nobody_else(lease)

    with hold_lock(data.locks / "keeper"):
        try:
            return _serve_data(data, variables, is_stopping, throw_away=throw_away)
        finally:
            data.addresses.unlink(missing_ok=True)
            if throw_away and _is_held_by_nobody_else(lease):  # else its command removes it
                shutil.rmtree(data.path, ignore_errors=True)


def _serve_data(
    data: DataFolder, variables: list[str], stopping: Callable[[], bool], *, throw_away: bool
) -> int:
    with _make_socket_folder(data) as sockets:
        ground = prepare_ground(data, sockets, throw_away)
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
                    if not process.is_running():
                        raise make_failure(
                            f"{process.service.name} 意外退出，运行", process.service.log, process.log_start
                        )
                time.sleep(POLL_SECONDS)
        finally:
            stop_processes(running)
    return 0


def _announce(data: DataFolder, addresses: dict[str, str]) -> None:
    """Write the file of addresses in one step, so that readers never see a part of it."""
    draft = data.addresses.with_suffix(".new")
    draft.write_text(json.dumps({**addresses, KEEPER: os.getpid()}))
    draft.rename(data.addresses)


def _is_held_by_nobody_else(lease: int) -> bool:
    """Lock the lease exclusively if no command holds it; return whether it was possible."""
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _make_socket_folder(data: DataFolder) -> Iterator[Path]:
    """Yield a private folder whose path is short enough for the address of a Unix socket."""
    if len(os.fsencode(data.sockets / LONGEST_SOCKET_NAME)) <= SOCKET_PATH_BYTES:
        for stale in data.sockets.glob("*"):
            stale.unlink()  # left by a killed keeper; PostgreSQL heeds a stale lock file
        yield data.sockets
        return
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        yield Path(folder)
