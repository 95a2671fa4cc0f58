"""Independent steps of the installation run at the same time; a failure of one step ends the others."""

import os
from pathlib import Path

import pytest
from launcher import install
from launcher.messages import LauncherError
from launcher.places import DataFolder
from launcher.steps import Step

from tests.launcher.conftest import wait_until


@pytest.fixture
def data(tmp_path) -> DataFolder:
    data = DataFolder(tmp_path / "var")
    data.make()
    return data


@pytest.fixture
def setup_in(monkeypatch, tmp_path):
    """Return a function that sets up a fake npm (`npm`: its shell lines) and `packages`, which installs packages."""
    made = tmp_path / "made"
    made.mkdir()

    def arrange(*, npm: str, packages) -> Path:
        program = tmp_path / "npm"
        program.write_text(f"#!/bin/sh\n[ $1 = --version ] && echo 10.1.0 && exit\ncd {made}\n{npm}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        monkeypatch.setattr(install, "_static_step", lambda: Step("安装样式和脚本", made / "static", "1"))
        monkeypatch.setattr(
            install, "packages_step", lambda *, tests: Step("安装 Python 软件包", made / "python", "1")
        )
        monkeypatch.setattr(install, "install_listed", lambda log, *, tests: packages())
        return made

    return arrange


def test_npm_works_while_the_packages_are_installed(setup_in, data, capsys):
    made = setup_in(
        npm="touch began; while [ ! -e packages ]; do sleep 0.1; done", packages=lambda: packages()
    )

    def packages():
        wait_until((made / "began").exists, 30)
        (made / "packages").touch()

    install.prepare(data)
    install.prepare(data)

    assert (made / "static").read_text() == (made / "python").read_text() == "1"
    said = ["正在安装 Python 软件包 …", "正在安装样式和脚本 …"]
    assert capsys.readouterr().err.splitlines() == said


def test_packages_that_fail_end_npm_and_what_it_has_started(setup_in, data):
    made = setup_in(npm="echo $$ >began; sleep 600 & echo $! >child; wait", packages=lambda: fail())

    def fail():
        wait_until(lambda: (made / "child").exists() and (made / "child").read_text().strip() != "", 30)
        raise LauncherError("没有网络")

    with pytest.raises(LauncherError, match="没有网络"):
        install.prepare(data)

    assert not (made / "static").exists()
    for name in ("began", "child"):
        number = (made / name).read_text().strip()
        wait_until(lambda number=number: not runs(number), 30)


def runs(number: str) -> bool:
    stat = Path("/proc", number, "stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_npm_that_fails_is_said_with_its_own_cause(setup_in, data):
    setup_in(npm="echo npm error code ENOTFOUND; exit 1", packages=lambda: None)

    with pytest.raises(LauncherError, match=r"安装样式和脚本失败：连不上软件包仓库.*npm\.log"):
        install.prepare(data)
