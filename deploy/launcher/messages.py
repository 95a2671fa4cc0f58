"""Messages of the launcher.

They go to stderr only, because the stdout of `./portal manage` belongs to manage.py.
"""

import errno
import sys
from collections.abc import Sequence
from pathlib import Path

TAIL_LINES = 15
ERROR = "错误："  # begins the last line of a launcher that has failed
WARNING = "提示："  # begins the line of a failure that does not end the start

# Texts in logs of pip, npm, initdb and PostgreSQL whose cause is outside the portal, with a message.
CAUSES = (
    (("No space left on device", "ENOSPC", "Disk quota exceeded"), "磁盘空间不足，请清理后重试。"),
    (
        (
            "Failed to establish a new connection",
            "NewConnectionError",
            "Temporary failure in name resolution",
            "Could not fetch URL",
            "ReadTimeoutError",
            "ConnectTimeoutError",
            "ProxyError",
            "SSLError",
            "ENOTFOUND",
            "ECONNREFUSED",
            "ECONNRESET",
            "ETIMEDOUT",
            "EAI_AGAIN",
        ),
        "连不上软件包仓库，请检查网络、代理或镜像设置后重试。",
    ),
    (
        ("(from versions: none)",),
        "软件包仓库连不上，或者其中没有清单要求的软件包，请检查网络、代理或镜像设置。",
    ),
    (
        ("No module named ensurepip", "ensurepip is not available"),
        "这个 Python 缺少 venv 组件，请先安装（例如 apt-get install python3-venv）。",
    ),
    (("DO NOT MATCH THE HASHES",), "下载到的软件包与清单中的校验值不符，已停止安装。"),
    (("Permission denied", "EACCES", "Read-only file system"), "没有写权限，请检查文件夹的所有者和权限。"),
)


class LauncherError(Exception):
    """The launcher cannot continue; the message is one plain Chinese line for the operator."""


def say(text: str) -> None:
    """Print a line for the operator to stderr."""
    print(text, file=sys.stderr, flush=True)


def explain_os_error(error: OSError) -> str:
    """Return one Chinese line for an error of the operating system."""
    place = f"：{error.filename}" if error.filename else ""
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"没有写权限，请检查文件夹的所有者和权限{place}"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"磁盘空间不足，请清理后重试{place}"
    if error.errno in {errno.EEXIST, errno.ENOTDIR}:
        return f"这里应是文件夹，却是一个文件{place}"
    return f"系统报告错误（{error.strerror}）{place}"


def make_failure(what: str, log: Path, start: int = 0) -> LauncherError:
    """Return the error for a failed step whose output is in `log` from byte `start` on.

    A known cause gives one line; for any other cause the last lines of the output are printed.
    """
    lines = read_log(log, start)
    if cause := find_cause(lines):
        return LauncherError(f"{what}失败：{cause}（日志：{log}）")
    for line in lines[-TAIL_LINES:]:
        say(f"  | {line}")
    return LauncherError(f"{what}失败，最后的输出见上（日志：{log}）。")


def find_cause(lines: Sequence[str]) -> str | None:
    """Give the sentence for a cause that lies outside the portal, where the output shows a sign of one."""
    text = "\n".join(lines)
    return next((cause for signs, cause in CAUSES if any(sign in text for sign in signs)), None)


def read_log(log: Path, start: int) -> list[str]:
    """Give the lines of a log from a byte on."""
    return log.read_bytes()[start:].decode(errors="replace").splitlines() if log.exists() else []
