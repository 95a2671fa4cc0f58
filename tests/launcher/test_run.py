"""`./portal run`: it serves, it leaves no processes however it ends, and it starts again with its data."""

import contextlib
import json
import os
import signal
import urllib.error
import urllib.request

import pytest

from tests.launcher.conftest import Launcher, wait_until


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return one data folder for all tests of this file, so that only the first start has to fill it."""
    return tmp_path_factory.mktemp("run") / "var"


@pytest.fixture
def launcher(launcher_on, folder) -> Launcher:
    return launcher_on(folder)


@pytest.fixture
def launcher_with_a_portal(launcher):
    """Return a running portal with a table in its database that must survive."""
    running = launcher.run()
    launcher.sql("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer; SELECT answer FROM kept")
    return launcher, running


def ready(launcher: Launcher) -> dict:
    """Return the JSON of /readyz, which is a 503 with the same body if a part is not ready."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{launcher.port}/readyz", timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as answer:
        return json.load(answer)


def test_a_demo_that_cannot_be_made_is_a_warning_and_the_next_start_tries_again(
    launcher_on, folder, tmp_path
):
    """This test comes first in the file, because it leaves a migrated, empty database to the next tests."""
    launcher = launcher_on(tmp_path / "var" if folder.exists() else folder)
    obstacle = launcher.data / "media/pairings"
    obstacle.parent.mkdir(parents=True)
    obstacle.write_text("a file where the demo needs a folder")
    running = launcher.run()
    people = launcher.sql("SELECT count(*) FROM members_member")
    running.send_signal(signal.SIGINT)
    assert running.wait(120) == 130
    said = launcher.output.read_text()
    obstacle.unlink()

    assert people == "0"
    assert "提示：写入演示数据失败：NotADirectoryError" in said
    assert "  |" not in said
    assert "门户照常启动" in said and "create_school" in said
    again = launcher.run()
    assert int(launcher.sql("SELECT count(*) FROM members_member")) > 1000
    again.send_signal(signal.SIGINT)
    assert again.wait(120) == 130


def test_it_serves_seeds_and_leaves_nothing_after_ctrl_c(launcher):
    running = launcher.run()
    wait_until(lambda: ready(launcher)["status"] == "ok")
    people = launcher.sql("SELECT count(*) FROM members_member")
    school = ("BH", "北华大学", "--year", "2018", "--admin", "T9001", "--admin-name", "孔管理")
    printed = launcher.call("manage", "create_school", *school, PORTAL_PORT="").stdout
    second = launcher.call("run")
    running.send_signal(signal.SIGINT)

    assert running.wait(120) == 130
    assert launcher.processes() == {}
    assert int(people) > 1000
    assert f"http://localhost:{launcher.port}/activate/" in printed
    assert second.returncode == 1
    assert f"进程号 {running.pid}" in second.stderr


def test_kill_9_leaves_nothing_and_the_next_start_has_the_data(launcher_with_a_portal):
    launcher, running = launcher_with_a_portal
    running.kill()
    running.wait()
    launcher.assert_nothing_left()
    again = launcher.run()

    assert launcher.sql("SELECT answer FROM kept") == "42"
    again.terminate()
    assert again.wait(120) == 143
    assert launcher.processes() == {}


def test_kill_9_of_everything_at_once_is_recovered_from(launcher_with_a_portal):
    launcher, running = launcher_with_a_portal
    for number in launcher.processes():
        with contextlib.suppress(ProcessLookupError):  # the process ended with its parent
            os.kill(number, signal.SIGKILL)
    running.wait()
    # Stale: PostgreSQL's pid file, now with the id of a living process (the test's), and both sockets.
    note = launcher.data / "postgres/postmaster.pid"
    note.write_text(note.read_text().replace(note.read_text().splitlines()[0], str(os.getpid()), 1))
    launcher.run()

    assert launcher.sql("SELECT answer FROM kept") == "42"


def test_a_server_that_dies_ends_the_portal_with_a_reason(launcher_with_a_portal):
    launcher, running = launcher_with_a_portal
    (postmaster, *_) = (launcher.data / "postgres/postmaster.pid").read_text().splitlines()
    os.kill(int(postmaster), signal.SIGKILL)

    assert running.wait(60) == 1
    assert "意外退出" in launcher.output.read_text()
    launcher.assert_nothing_left()


def test_own_servers_of_the_operator_are_used_instead(launcher_on, tmp_path):
    """With DATABASE_URL and REDIS_URL set, the launcher starts no servers of its own."""
    launcher = launcher_on(tmp_path / "var")
    done = launcher.call(
        "manage", "shell", "--no-imports", "-c", "from django.conf import settings as s; print(s.DATABASES['default']['HOST'], s.REDIS_URL)",
        DATABASE_URL="postgres://portal@db.example:5432/portal", REDIS_URL="redis://cache.example:6379/0",
    )  # fmt: skip

    assert done.stdout == "db.example redis://cache.example:6379/0\n"
    assert not (launcher.data / "postgres").exists()
