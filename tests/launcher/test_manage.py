"""`./portal manage`: manage.py with running servers."""

import json
import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.launcher.conftest import wait_until

ANSWER = "print('{\"answer\": 42}')"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="只有 root 才需要换用户运行 PostgreSQL")


def test_stdout_is_that_of_manage_py_alone(launcher):
    done = launcher.call("manage", "shell", "--no-imports", "-c", ANSWER)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"answer": 42}
    assert "正在启动数据库和缓存" in done.stderr


PRINT_PORT = "from django.conf import settings; print(settings.PORTAL_PORT)"


@pytest.mark.parametrize(
    ("given", "noted", "printed"),
    [
        ("", "", "8000"),
        ("", "8123", "8123"),
        ("8200", "8123", "8200"),
        ("", "八千", "8000"),
    ],
    ids=["before the first run", "after a run", "a port of its own", "a spoilt note"],
)
def test_commands_know_the_port_of_the_portal(launcher, given, noted, printed):
    launcher.data.mkdir()
    if noted:
        (launcher.data / "port").write_text(noted)
    done = launcher.call("manage", "shell", "--no-imports", "-c", PRINT_PORT, PORTAL_PORT=given)
    assert done.stdout.strip() == printed, done.stderr


def test_exit_code_is_that_of_manage_py(launcher):
    assert launcher.call("manage", "shell", "--no-imports", "-c", "raise SystemExit(7)").returncode == 7


def test_it_stops_what_it_started(launcher):
    launcher.call("manage", "check")

    assert launcher.processes() == {}


def test_data_outlive_the_servers(launcher):
    launcher.sql("CREATE TABLE kept AS SELECT 42 AS answer; SELECT answer FROM kept")

    assert launcher.sql("SELECT answer FROM kept") == "42"


def test_the_server_s_log_repeats_no_statement_and_no_value(launcher):
    launcher.sql(
        "CREATE TABLE secrets (code text PRIMARY KEY); INSERT INTO secrets VALUES ('CQ7K2M9X') RETURNING 1"
    )
    twice = "connection.cursor().execute(\"INSERT INTO secrets VALUES ('CQ7K2M9X')\")"
    code = f"from django.db import connection\n{twice}"
    assert launcher.call("manage", "shell", "--no-imports", "-c", code).returncode != 0

    log = (launcher.data / "logs" / "postgresql.log").read_text()
    assert "duplicate key" in log
    assert "CQ7K2M9X" not in log


def test_twenty_at_once_share_the_servers_and_the_last_one_stops_them(launcher):
    with ThreadPoolExecutor(20) as pool:
        calls = [
            pool.submit(launcher.call, "manage", "shell", "--no-imports", "-c", ANSWER) for _ in range(20)
        ]
        done = [call.result() for call in calls]

    assert [one.returncode for one in done] == [0] * 20, [one.stderr for one in done if one.returncode]
    assert {one.stdout for one in done} == {'{"answer": 42}\n'}
    launcher.assert_nothing_left()


def test_a_folder_with_a_long_chinese_name_gets_its_sockets_elsewhere(launcher_on, tmp_path):
    launcher = launcher_on(tmp_path / ("志愿服务 与 街乡结对" * 4) / "var")

    assert launcher.sql("SELECT 42") == "42"
    assert list((launcher.data / "run").glob("*")) == []


def test_ctrl_c_while_the_servers_start_leaves_nothing(launcher):
    starting = launcher.start("manage", "check")
    wait_until((launcher.data / "logs/postgresql.log").exists)
    starting.send_signal(signal.SIGINT)

    assert starting.wait(60) == 130
    assert "Traceback" not in launcher.output.read_text()
    launcher.assert_nothing_left()


def test_file_names_are_those_of_the_caller(launcher, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = launcher.call("manage", "shell", "--no-imports", "-c", "import os; print(os.getcwd())")

    assert done.stdout.strip() == str(tmp_path)


@needs_root
def test_a_folder_closed_to_others_stays_closed(launcher_on, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    launcher = launcher_on(closed / "var")

    assert launcher.sql("SELECT 42") == "42"
    assert closed.stat().st_mode & 0o777 == 0o700
    assert (launcher.data / "postgres").stat().st_uid != 0


@needs_root
def test_root_of_a_namespace_without_other_ids_can_run_it_too(launcher):
    try:
        subprocess.run(["unshare", "--map-root-user", "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("这台机器不允许新建用户命名空间")
    command = ["unshare", "--map-root-user", str(launcher.program), "manage", "check"]
    done = subprocess.run(command, env=launcher.environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert (launcher.data / "postgres").stat().st_uid == 0
    launcher.assert_nothing_left()
