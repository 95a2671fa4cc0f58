"""Python packages: uv installs them from the same indexes as pip; if uv cannot, pip installs them."""

import hashlib
import http.server
import os
import threading
import zipfile
from pathlib import Path

import pytest
from launcher import packages
from launcher.messages import LauncherError
from launcher.packages import install_packages, read_pip_settings, uv_environment

import tests.launcher.conftest  # noqa: F401 - makes the launcher importable, also when this file runs alone

WHEEL = "tiny-1.0-py3-none-any.whl"


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch, tmp_path):
    for name in os.environ:
        if name.startswith(("PIP_", "UV_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def pip_conf(monkeypatch, tmp_path):
    def write(text: str) -> None:
        (tmp_path / "pip.conf").write_text(text)
        monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))

    return write


@pytest.fixture
def steps(monkeypatch):
    """Replace the programs by fakes; return the list of calls, in order, and {program: exit code} for the test to set."""
    called: list[str] = []
    codes: dict[str, int] = {}

    def call(argv, **_) -> int:
        name = "uv" if argv[0] == str(packages.UV) else "pip"
        if str(packages.UV_LIST) in argv:
            name = "pip gets uv"
        called.append(name)
        return codes.get(name, 0)

    def run_step(what, argv, log, environment=None) -> None:
        if call(argv) != 0:
            raise LauncherError(f"{what}失败")

    monkeypatch.setattr(packages, "run_to_end", call)
    monkeypatch.setattr(packages, "run_step", run_step)
    return called, codes


def test_pip_gets_uv_and_uv_gets_the_rest(steps, monkeypatch, tmp_path, capsys):
    called, _ = steps
    monkeypatch.setattr(packages, "VENV", tmp_path)
    monkeypatch.setattr(packages, "UV", tmp_path / "uv")
    install_packages("安装", ["tiny"], tmp_path / "log")
    (tmp_path / "uv").touch()
    install_packages("安装", ["tiny"], tmp_path / "log")

    assert called == ["pip gets uv", "uv", "uv"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("failing", "expected"),
    [("pip gets uv", ["pip gets uv", "pip"]), ("uv", ["pip gets uv", "uv", "pip"])],
)
def test_where_uv_cannot_pip_does_and_says_so(steps, monkeypatch, tmp_path, capsys, failing, expected):
    called, codes = steps
    codes[failing] = 1
    monkeypatch.setattr(packages, "VENV", tmp_path)
    monkeypatch.setattr(packages, "UV", tmp_path / "uv")
    install_packages("安装", ["tiny"], tmp_path / "log")

    assert called == expected
    (line,) = capsys.readouterr().err.splitlines()
    assert "改用较慢的 pip" in line
    assert str(tmp_path / "log") in line


def test_where_neither_can_there_is_one_error(steps, monkeypatch, tmp_path, capsys):
    _, codes = steps
    codes |= {"pip gets uv": 1, "pip": 1}
    monkeypatch.setattr(packages, "VENV", tmp_path)
    with pytest.raises(LauncherError, match="安装失败"):
        install_packages("安装", ["tiny"], tmp_path / "log")

    assert capsys.readouterr().err == ""


def test_settings_of_pip_are_read_as_pip_reads_them(pip_conf, monkeypatch):
    pip_conf(
        "[global]\nindex-url = http://mirror.example/simple\nfind-links = /one /two\nextra-index-url =\n"
        "    http://a.example/simple\n    http://b.example/simple\n"
        "[install]\ntrusted-host = mirror.example\n[download]\ncert = /unused\n"
    )
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_TRUSTED_HOST", "other.example")
    found = read_pip_settings()
    handed = uv_environment(found)

    assert handed["UV_DEFAULT_INDEX"] == "http://mirror.example/simple"
    assert handed["UV_INDEX"] == "http://a.example/simple http://b.example/simple"
    assert handed["UV_FIND_LINKS"] == "/one,/two"
    assert handed["UV_INSECURE_HOST"] == "other.example"
    assert found.get("cert") != "/unused"


def test_without_settings_uv_goes_by_its_own():
    handed = uv_environment(read_pip_settings())

    assert not {"UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "UV_NO_CACHE"} & handed.keys()


def test_what_is_set_for_uv_itself_comes_first(monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://own.example/simple")
    handed = uv_environment({"index-url": "http://mirror.example/simple", "no-cache-dir": "1"})

    assert handed["UV_DEFAULT_INDEX"] == "http://own.example/simple"
    assert handed["UV_NO_CACHE"] == "1"


def test_uv_installs_from_the_index_of_pip_conf(pip_conf, tmp_path, capsys):
    """Runs the real uv with an index that only pip.conf names."""
    if not packages.UV.exists():
        pytest.skip("这台机器没有 uv，软件包由 pip 安装")
    wheel = make_wheel(tmp_path / "index/simple/tiny")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    listed = tmp_path / "listed.txt"
    listed.write_text(f"tiny==1.0 --hash=sha256:{digest}\n")
    with index_of(tmp_path / "index") as (address, visitors):
        pip_conf(f"[global]\nindex-url = {address}/simple\n")
        asked = ["--target", str(tmp_path / "made"), "--requirement", str(listed)]
        install_packages("安装", asked, tmp_path / "log")

    assert (tmp_path / "made/tiny.py").read_text() == "answer = 42\n"
    assert visitors and all(agent.startswith("uv/") for agent in visitors)
    assert capsys.readouterr().err == ""


def make_wheel(folder: Path) -> Path:
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        wheel.writestr("tiny.py", "answer = 42\n")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr(
            "tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        names = ("tiny.py", "tiny-1.0.dist-info/METADATA", "tiny-1.0.dist-info/WHEEL")
        wheel.writestr("tiny-1.0.dist-info/RECORD", "".join(f"{name},,\n" for name in names))
    (folder / "index.html").write_text(f'<!DOCTYPE html><a href="{WHEEL}">{WHEEL}</a>')
    return folder / WHEEL


class index_of:  # noqa: N801 - reads as a function
    """Serves a folder as a package index; the context is its address and the User-Agent of each request."""

    def __init__(self, folder: Path):
        self.visitors: list[str] = []
        visitors = self.visitors

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=str(folder))

            def log_message(self, *_):
                visitors.append(self.headers["User-Agent"])

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> tuple[str, list[str]]:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}", self.visitors

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
