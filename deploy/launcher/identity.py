"""The user id of the servers when the launcher runs as root.

PostgreSQL refuses to run as root. The launcher creates no user and changes no permissions of folders: the
servers get the uid of `nobody` and own only their data folders. If a folder on their paths is closed to other
users (a repository in /root), they keep the one capability that lets them pass. If the kernel allows no other
uid at all (root of a container without further ids), they get a user namespace in which they are nobody.
"""

import ctypes
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_SETUID, CAP_SETPCAP = 1, 2, 7, 8
PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CLONE_NEWUSER = 0x10000000
CAPABILITY_VERSION_3 = 0x20080522

libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Identity:
    """The uid and gid of the servers.

    `capability`: the one that they keep to pass closed folders. `namespace`: they run in their own user
    namespace.
    """

    uid: int
    gid: int
    capability: int | None = None
    namespace: bool = False

    def give_ownership(self, folder: Path) -> None:
        """Make this identity the owner of a folder; in a namespace root's folders already belong to it."""
        if not self.namespace:
            os.chown(folder, self.uid, self.gid)

    def assume(self) -> None:
        """Switch this process to the identity; a child calls it between fork and exec."""
        if self.namespace:
            self._enter_namespace()
            return
        if self.capability is not None:
            # Keep capabilities over setuid, also for access(2), by which initdb looks for its programs.
            _check_result(libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)
        if self.capability is not None:
            _keep_only(self.capability)

    def _enter_namespace(self) -> None:
        _check_result(libc.unshare(CLONE_NEWUSER))
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{self.uid} 0 1")
        Path("/proc/self/gid_map").write_text(f"{self.gid} 0 1")


def choose_identity(data: Path, passed: tuple[Path, ...]) -> Identity | None:
    """Return the identity for servers with the data folder `data` that read the paths `passed`.

    None means the user of the launcher, where that is not root.
    """
    if os.geteuid() != 0:
        return None
    uid, gid = _find_nobody()
    if data.exists() and data.stat().st_uid != 0:
        uid, gid = data.stat().st_uid, data.stat().st_gid  # a launcher that was not root has made the folder
    if not _can_become(uid):
        return Identity(uid, gid, namespace=True)
    if all(_is_open_to_others(path) for path in passed):
        return Identity(uid, gid)
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        if _has_capability(CAP_SETPCAP) and _has_capability(capability):
            return Identity(uid, gid, capability=capability)
    return Identity(uid, gid, namespace=True)


def _find_nobody() -> tuple[int, int]:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return entry.pw_uid, entry.pw_gid


def _can_become(uid: int) -> bool:
    """Return whether this process may switch to the uid."""
    ranges = [map(int, line.split()) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    return _has_capability(CAP_SETUID) and any(first <= uid < first + count for first, _, count in ranges)


def _has_capability(capability: int) -> bool:
    """Return whether this process has a capability."""
    status = Path("/proc/self/status").read_text()
    mask = next(line for line in status.splitlines() if line.startswith("CapPrm:"))
    return bool(int(mask.split()[1], 16) >> capability & 1)


def _is_open_to_others(path: Path) -> bool:
    """Return whether other users may pass the path and all folders above it."""
    return all(stat.S_IMODE(each.stat().st_mode) & stat.S_IXOTH for each in (path, *path.resolve().parents))


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _keep_only(capability: int) -> None:
    """Drop all capabilities but one (of the first 32), for this process and the programs that it executes."""
    sets = (_Sets * 2)()
    sets[0].effective = sets[0].permitted = sets[0].inheritable = 1 << capability
    header = _Header(CAPABILITY_VERSION_3, 0)
    _check_result(libc.capset(ctypes.byref(header), ctypes.byref(sets)))
    _check_result(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0))


def _check_result(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
