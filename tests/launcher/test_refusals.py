"""A missing requirement gives one line and an exit code, never a traceback."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings


def read_only_line(done: subprocess.CompletedProcess) -> str:
    assert done.returncode != 0
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def test_no_python_that_is_new_enough(launcher, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "readlink"):
        (tools / name).symlink_to(Path("/usr/bin") / name)
    old = tools / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    assert "Python 3.11" in read_only_line(launcher.call("run", PATH=str(tools)))


def test_port_in_use(launcher):
    with socket.socket() as other:
        other.bind(("127.0.0.1", launcher.port))
        other.listen()

        assert f"端口 {launcher.port} 已被占用" in read_only_line(launcher.call("run"))


def test_port_that_is_no_port(launcher):
    assert "PORTAL_PORT" in read_only_line(launcher.call("run", PORTAL_PORT="八千"))


def test_data_folder_that_is_a_file(launcher):
    launcher.data.write_text("")

    line = read_only_line(launcher.call("manage", "check"))
    assert "应是文件夹" in line
    assert str(launcher.data) in line


@contextmanager
def mount_small_disk(folder: Path, options: str) -> Iterator[None]:
    """Mount a file system of its own at `folder`; without root the test is skipped."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False)
    if done.returncode != 0:
        pytest.skip("没有权限挂载小文件系统")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_data_folder_that_cannot_be_written(launcher):
    with mount_small_disk(launcher.data, "ro"):
        line = read_only_line(launcher.call("manage", "check"))

    assert "没有写权限" in line
    assert str(launcher.data) in line


def test_full_disk(launcher):
    with mount_small_disk(launcher.data, "size=12m"):
        done = launcher.call("manage", "check")

    assert done.returncode == 1
    assert done.stdout == ""
    *progress, line = done.stderr.splitlines()
    assert progress == ["正在启动数据库和缓存 …"]
    assert "磁盘空间不足" in line


def test_registry_out_of_reach(launcher, tmp_path):
    """A clone has no packages, and no server answers at the address of the package index."""
    clone = tmp_path / "clone"
    clone.mkdir()
    for name in ("portal", "deploy", "requirements.txt", "package-lock.json"):
        source = settings.BASE_DIR / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, clone / name)
    launcher.program = clone / "portal"
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}
    done = launcher.call(
        "manage", "check", PIP_CONFIG_FILE=os.devnull, PIP_RETRIES="0", PIP_NO_CACHE_DIR="1", **nowhere
    )

    assert done.returncode == 1
    *progress, line = done.stderr.splitlines()
    assert progress == ["正在安装 Python 软件包 …"]
    assert "软件包仓库" in line and "连不上" in line


def test_unknown_command_shows_the_usage(launcher):
    done = launcher.call("fly")

    assert done.returncode == 2
    assert "./portal run" in done.stderr
