"""The commands of `./portal`."""

import http.client
import os
import secrets
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from launcher import install, keeper
from launcher.messages import (
    ERROR,
    WARNING,
    LauncherError,
    explain_os_error,
    find_cause,
    make_failure,
    read_log,
    say,
)
from launcher.places import PYTHON, ROOT, VENV, DataFolder, hold_lock
from launcher.processes import ENDING_SIGNALS, Guard, Process, Service, hand_over, run_to_end, stop_processes
from launcher.servers import find_program
from launcher.steps import Step, compute_fingerprint, run_step

USAGE = """用法：
  ./portal run                启动门户（首次会安装软件包、建库并写入演示数据）
  ./portal test [pytest 参数]  运行全部测试
  ./portal manage 命令 [参数]   运行 manage.py 的命令

环境变量 PORTAL_VAR（数据文件夹，默认 var/）、PORTAL_PORT（端口，默认 8000）等见 README。"""
WITHOUT_DEMO = (
    "门户照常启动。数据库中还没有学校时，下次启动会再次尝试写入演示数据，"
    "也可以用 ./portal manage create_school 建立自己的学校。"
)
MANAGE_PY = (str(PYTHON), "manage.py")
START_SECONDS = 180.0
HOST = "127.0.0.1"
DEFAULT_PORT = "8000"
SHOWN_HOST = "localhost"  # browsers make no passkeys for the bare number


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code.

    An error that the operator can fix is one line, never a traceback.
    """
    commands: dict[str, Callable[[list[str]], int]] = {
        "run": run,
        "test": test,
        "manage": manage,
        "keep": keep,
    }
    name, *rest = arguments or ["help"]
    if name not in commands:
        say(USAGE)
        return 0 if name in {"help", "-h", "--help"} else 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _exit_on_signal)
    try:
        if not sys.platform.startswith("linux"):
            raise LauncherError("./portal 只支持 Linux。")
        return commands[name](rest)
    except LauncherError as error:
        say(f"{ERROR}{error}")
        return 1
    except OSError as error:
        say(f"{ERROR}{explain_os_error(error)}")
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _exit_on_signal(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


def manage(arguments: list[str]) -> int:
    """Run manage.py with the servers and the environment of the portal, also with the port of the last `run`."""
    data = DataFolder.from_environment()
    data.make()
    install.prepare(data)
    with _provide_servers(data) as environment:
        environment["PORTAL_PORT"] = environment.get("PORTAL_PORT") or data.read_port() or DEFAULT_PORT
        return hand_over([str(PYTHON), str(ROOT / "manage.py"), *arguments], environment)


def test(arguments: list[str]) -> int:
    """Run pytest on its own servers, independent of running portals and of the environment."""
    with tempfile.TemporaryDirectory(prefix="portal-test-", ignore_cleanup_errors=True) as folder:
        data = DataFolder(Path(folder))
        data.make()
        with install.install_browser(data):
            install.prepare(data, tests=True)
        with keeper.use_servers(data, throw_away=True) as addresses:
            environment = {**os.environ, **addresses, "PORTAL_ENV": "test", "PORTAL_VAR": folder}
            environment["SECRET_KEY"] = secrets.token_urlsafe(64)
            chosen = any(argument.startswith(("-n", "--numprocesses", "--pdb")) for argument in arguments)
            workers = [] if chosen else ["-n", "2", "--dist", "worksteal"]
            return hand_over([str(PYTHON), "-m", "pytest", *workers, *arguments], environment, ROOT)


def run(_arguments: list[str]) -> int:
    """Set up the portal and run it until a signal ends it."""
    data = DataFolder.from_environment()
    data.make()
    port = _read_port()
    with _require_only_run(data), _reserve_port(port):
        data.save_port(port)
        install.prepare(data)
        with _provide_servers(data) as environment:
            _update_data(data, environment)
            _serve(data, environment, port)
    return 0


def keep(arguments: list[str]) -> int:
    """Run the keeper of a data folder's servers; only the launcher calls this."""
    folder, throw_away, *variables = arguments
    return keeper.run_keeper(DataFolder(Path(folder)), variables, throw_away=throw_away == "1")


@contextmanager
def _provide_servers(data: DataFolder) -> Iterator[dict[str, str]]:
    """Yield the environment of manage.py and of the portal, while both servers run."""
    environment = {**os.environ, "PORTAL_VAR": str(data.path)}
    if environment.get("PORTAL_ENV", "local") == "local" and not environment.get("SECRET_KEY"):
        environment["SECRET_KEY"] = data.secret_key()
    given = frozenset(variable for variable in keeper.SERVERS if environment.get(variable))
    with keeper.use_servers(data, given=given) as addresses:
        if "DATABASE_URL" in addresses:  # dbshell calls psql, which must have the server's version
            environment["PATH"] = f"{find_program('psql').parent}:{environment.get('PATH', os.defpath)}"
        yield environment | addresses


def _read_port() -> int:
    text = os.environ.get("PORTAL_PORT") or DEFAULT_PORT
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise LauncherError(f"PORTAL_PORT 应是 1 到 65535 之间的整数，现在是“{text}”。")
    return int(text)


@contextmanager
def _reserve_port(port: int) -> Iterator[None]:
    """Reserve a port for the web server before the set-up begins.

    The server shares the port with SO_REUSEPORT. A second portal could share it too, and each would get half
    of the requests. A socket that is bound without the option and sets it afterwards keeps all other programs
    out.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections may still be closing
        try:
            holder.bind((HOST, port))
        except PermissionError:
            raise LauncherError(
                f"没有权限使用端口 {port}，请用 PORTAL_PORT 换一个大于 1023 的端口。"
            ) from None
        except OSError:
            raise LauncherError(
                f"端口 {port} 已被占用，请停掉占用它的程序，或用 PORTAL_PORT 换一个端口。"
            ) from None
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        yield


@contextmanager
def _require_only_run(data: DataFolder) -> Iterator[None]:
    """Refuse a second `run` on one data folder; wait until the processes of a killed one have ended."""
    note = data.path / "run.pid"
    busy = "这个数据文件夹的门户已在运行"
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with hold_lock(data.locks / "run", busy):
                note.write_text(str(os.getpid()))
                yield
                return
        except LauncherError as error:
            if str(error) != busy:
                raise
            number = note.read_text() if note.exists() else ""
            if (number and Path("/proc", number).exists()) or time.monotonic() > until:
                raise LauncherError(
                    f"{busy}（进程号 {number or '未知'}，数据文件夹 {data.path}）。"
                ) from None
        time.sleep(0.2)


def _update_data(data: DataFolder, environment: Mapping[str, str]) -> None:
    """Migrate and fill an empty local database; static files are collected in parallel, without the database."""
    collect = [*MANAGE_PY, "collectstatic", "--no-input"]
    with _collect_static_files(data, environment).begin(collect, data.log("static"), environment) as finish:
        say("正在更新数据库结构 …")
        migrate = [*MANAGE_PY, "migrate", "--no-input"]
        run_step("更新数据库结构", migrate, data.log("start"), environment)
        if environment.get("PORTAL_ENV", "local") == "local":
            _fill_with_demo(data, environment)
        finish()


def _fill_with_demo(data: DataFolder, environment: Mapping[str, str]) -> None:
    """Fill an empty database with the demo and print its accounts; a demo that fails gives only a warning.

    The command saves all or nothing, so that the next start can try again.
    """
    say("正在检查演示数据 …")
    log = data.log("demo")
    begun = log.stat().st_size if log.exists() else 0
    seed = [*MANAGE_PY, "seed_demo", "--if-empty"]
    if run_to_end(seed, log=log, environment=environment, shown=True) != 0:
        lines = read_log(log, begun) or ["进程意外结束"]
        say(f"{WARNING}写入演示数据失败：{find_cause(lines) or lines[-1]}（日志：{log}）")
        say(WITHOUT_DEMO)


def _collect_static_files(data: DataFolder, environment: Mapping[str, str]) -> Step:
    """Return the step that collects and compresses static files, needed only if a source has changed.

    It takes longer than all the rest of a start.
    """
    sources = [
        ROOT / name for name in ("requirements.txt", "package-lock.json", "volunteer_portal/settings.py")
    ]
    sources += sorted(file for file in (ROOT / "static").rglob("*") if file.is_file())
    modes = [environment.get(name, "") for name in ("PORTAL_ENV", "DEBUG")]
    names = [str(file.relative_to(ROOT)) for file in sources]
    return Step("收集静态文件", data.path / "static/.stamp", compute_fingerprint(sources, *modes, *names))


def _serve(data: DataFolder, environment: Mapping[str, str], port: int) -> None:
    """Run the web server and the worker until a signal comes or one of them ends."""
    guard = Guard()
    running: list[Process] = []
    try:
        for service in (
            _build_web_service(data, environment, port),
            _build_worker_service(data, environment),
        ):
            running.append(Process(service))
            guard.watch(running[-1])
        _wait_until_served(port, running)
        print(f"门户已启动：http://{SHOWN_HOST}:{port}/（按 Ctrl-C 停止）", flush=True)
        while True:
            _require_alive(data, environment, running)
            time.sleep(0.5)
    finally:
        for number in ENDING_SIGNALS:
            # Stopping takes limited time, and a second Ctrl-C changes nothing.
            signal.signal(number, signal.SIG_IGN)
        say("正在停止 …")
        stop_processes(running)
        guard.dismiss()


def _build_web_service(data: DataFolder, environment: Mapping[str, str], port: int) -> Service:
    # Workers times threads is the number of connections to PostgreSQL; granian's default would be hundreds.
    options = (
        f"--interface wsgi --host {HOST} --workers 2 --blocking-threads 8 --no-ws --respawn-failed-workers"
    )
    argv = [
        *options.split(),
        "--workers-kill-timeout",
        "8",
        "--port",
        str(port),
        "volunteer_portal.wsgi:application",
    ]
    return Service("网页服务", [str(VENV / "bin/granian"), *argv], data.log("web"), ROOT, environment)


def _build_worker_service(data: DataFolder, environment: Mapping[str, str]) -> Service:
    options = (
        "-A volunteer_portal worker --beat --concurrency 2 --loglevel INFO --without-gossip --without-mingle"
    )
    argv = [*options.split(), "--schedule", str(data.path / "celerybeat-schedule")]
    return Service("后台任务", [str(VENV / "bin/celery"), *argv], data.log("worker"), ROOT, environment)


def _wait_until_served(port: int, running: Sequence[Process]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and all(process.is_running() for process in running):
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            connection.request("GET", "/healthz")
            connection.getresponse()  # any answer will do; in production it may be a redirect to https
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
    web = next((process for process in running if not process.is_running()), running[0])
    raise make_failure(f"启动{web.service.name}", web.service.log, web.log_start)


def _require_alive(data: DataFolder, environment: Mapping[str, str], running: Sequence[Process]) -> None:
    for process in running:
        if not process.is_running():
            raise make_failure(
                f"{process.service.name}意外退出，运行", process.service.log, process.log_start
            )
    own = set(keeper.SERVERS) - {variable for variable in keeper.SERVERS if os.environ.get(variable)}
    if own and not keeper.is_keeper_alive(data):
        raise LauncherError(f"数据库或缓存意外退出，门户已停止（日志：{data.logs}）。")
