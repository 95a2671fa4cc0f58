"""Paths of the repository and of the data folder, and locks on files."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from launcher.messages import LauncherError

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


@dataclass(frozen=True)
class DataFolder:
    """The folder PORTAL_VAR, which contains everything that the portal writes at run time."""

    path: Path

    @classmethod
    def from_environment(cls) -> "DataFolder":
        """Return the folder that PORTAL_VAR names, by default var/ in the repository."""
        return cls(Path(os.environ.get("PORTAL_VAR") or ROOT / "var").resolve())

    def make(self) -> None:
        """Create the folder and its subfolders; raise OSError if they are not writable."""
        for folder in (self.path, self.logs, self.locks, self.path / "static", self.path / "media"):
            folder.mkdir(parents=True, exist_ok=True)
        (self.locks / "writable").touch()  # fails here, with the file's name, in a folder of another user

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def locks(self) -> Path:
        return self.path / "locks"

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        return self.path / "valkey"

    @property
    def sockets(self) -> Path:
        return self.path / "run"

    @property
    def addresses(self) -> Path:
        """The JSON file of addresses as environment variables; the keeper writes it when they answer."""
        return self.path / "servers.json"

    def save_port(self, port: int) -> None:
        """Note the port of `run`, so that commands print the address under which the portal is open."""
        (self.path / "port").write_text(str(port))

    def read_port(self) -> str:
        """Return the port of the running portal or of the last one; an empty text before the first run."""
        file = self.path / "port"
        text = file.read_text().strip() if file.exists() else ""
        return text if text.isdecimal() else ""

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def secret_key(self) -> str:
        """Return the signing key of a local portal; the first call creates it."""
        file = self.path / "secret_key"
        with hold_lock(self.locks / "secret_key"):
            if not file.exists():
                draft = file.with_suffix(".new")
                draft.touch(mode=0o600)
                draft.write_text(secrets.token_urlsafe(64))
                draft.rename(file)
        return file.read_text()


def open_lock(file: Path) -> int:
    """Open a file to lock it with flock, and return its descriptor; the caller closes it."""
    return os.open(file, os.O_RDWR | os.O_CREAT, 0o600)


@contextmanager
def hold_lock(file: Path, busy: str | None = None) -> Iterator[int]:
    """Hold an exclusive lock on a file; the kernel releases it with the process, also after kill -9.

    Waits for the lock, or raises LauncherError(busy) if `busy` is given and another process holds it.
    """
    descriptor = open_lock(file)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
        except BlockingIOError:
            raise LauncherError(busy) from None
        yield descriptor
    finally:
        os.close(descriptor)
