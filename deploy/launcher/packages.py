"""Install Python packages into .venv: with uv in seconds, or with pip if uv is not available or fails.

uv reads neither pip.conf nor PIP_… variables. The launcher therefore passes the operator's index, certificate
and proxy settings for pip to uv at run time.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from launcher.messages import say
from launcher.places import PYTHON, ROOT, VENV
from launcher.processes import run_to_end
from launcher.steps import Step, compute_fingerprint, run_step

PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
UV = VENV / "bin/uv"
UV_LIST = ROOT / "deploy/requirements-uv.txt"
# uv's variables for the settings of pip. Hashes decide which package is installed, so every index may provide
# it, as with pip.
UV_NAMES = {
    "index-url": ("UV_DEFAULT_INDEX",),
    "extra-index-url": ("UV_INDEX",),
    "find-links": ("UV_FIND_LINKS",),
    "trusted-host": ("UV_INSECURE_HOST",),
    "default-timeout": ("UV_HTTP_TIMEOUT",),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "no-cache-dir": ("UV_NO_CACHE",),
    "cert": ("SSL_CERT_FILE",),
    "proxy": ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"),
}
UV_DEFAULTS = {
    "UV_INDEX_STRATEGY": "unsafe-best-match",
    "UV_NO_PROGRESS": "1",
    "UV_PYTHON_DOWNLOADS": "never",
}
YES = {"1", "true", "yes", "on", "y", "t"}


def packages_step(*, tests: bool) -> Step:
    """Return the step that installs the portal's packages, and those of the tests if `tests`."""
    stamp = VENV / ("tests.stamp" if tests else "run.stamp")
    return Step(
        "安装 Python 软件包",
        stamp,
        compute_fingerprint([*_list_requirements(tests), UV_LIST], PYTHON_VERSION),
    )


def install_listed(log: Path, *, tests: bool) -> None:
    """Create .venv if there is none with this Python and pip, and install the portal's lists into it."""
    if not _usable_venv():
        run_step("建立 Python 环境", [sys.executable, "-m", "venv", "--clear", str(VENV)], log)
    asked = [part for name in _list_requirements(tests) for part in ("--requirement", str(name))]
    install_packages("安装 Python 软件包", asked, log)
    if tests:  # the lists of the tests contain those of the portal
        portal = packages_step(tests=False)
        portal.stamp.write_text(portal.fingerprint)


def install_packages(what: str, asked: Sequence[str], log: Path) -> None:
    """Install the packages of the lists in `asked`, each checked by its hash.

    Raises LauncherError if both uv and pip fail.
    """
    if _get_uv(log) and _install_by_uv(asked, log):
        return
    run_step(what, [*_pip(), *asked], log)
    say(f"uv 没有完成，已改用较慢的 pip 装好（原因见日志：{log}）。")


def _list_requirements(tests: bool) -> list[Path]:
    return [ROOT / name for name in ("requirements.txt", "requirements-dev.txt")[: 1 + tests]]


def _usable_venv() -> bool:
    probe = "import pip, sys; print(f'{sys.version_info.major}.{sys.version_info.minor}')"
    if not PYTHON.exists():
        return False
    asked = subprocess.run([str(PYTHON), "-c", probe], capture_output=True, text=True, check=False)
    return asked.stdout.strip() == PYTHON_VERSION


def _pip() -> list[str]:
    options = "--disable-pip-version-check --no-input --progress-bar=off --require-hashes"
    return [str(PYTHON), "-m", "pip", "install", *options.split()]


def _get_uv(log: Path) -> bool:
    """Install the listed uv with pip; return False if there is none for this machine or in its index."""
    listed, stamp = compute_fingerprint([UV_LIST]), VENV / "uv.stamp"
    if UV.exists() and stamp.exists() and stamp.read_text() == listed:
        return True
    if run_to_end([*_pip(), "--requirement", str(UV_LIST)], log=log) != 0:
        return False
    stamp.write_text(listed)
    return True


def _install_by_uv(asked: Sequence[str], log: Path) -> bool:
    settings = read_pip_settings()
    options = ["--python", str(PYTHON), "--require-hashes"]
    if settings.get("no-index", "").lower() in YES:
        options.append("--no-index")
    if sys.dont_write_bytecode:  # otherwise each process would compile all its imports at every start
        options.append("--compile-bytecode")
    return (
        run_to_end(
            [str(UV), "pip", "install", *options, *asked], log=log, environment=uv_environment(settings)
        )
        == 0
    )


def read_pip_settings() -> dict[str, str]:
    """Return pip's settings for an installation, from its files and variables, as pip itself reads them."""
    asked = subprocess.run(
        [str(PYTHON), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in asked.stdout.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if section in found and (text := str(ast.literal_eval(value)).strip()):
            found[section][key] = text
    return found["global"] | found["install"] | found[":env:"]


def uv_environment(settings: dict[str, str]) -> dict[str, str]:
    """Return the environment for uv with pip's settings; uv's own variables of the operator take precedence."""
    handed = dict(UV_DEFAULTS)
    for key, names in UV_NAMES.items():
        if key in settings and (key != "no-cache-dir" or settings[key].lower() in YES):
            between = "," if key == "find-links" else " "
            handed |= dict.fromkeys(names, between.join(settings[key].split()))
    own = {name: value for name, value in os.environ.items() if name.startswith("UV_")}
    return {**os.environ, **handed, **own}
