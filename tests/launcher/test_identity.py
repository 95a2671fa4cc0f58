"""The user who runs the servers if the launcher is root: a program in a folder closed to others must be found."""

import os
import shutil
import subprocess

import pytest
from launcher.identity import choose_identity

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="只有 root 才需要换用户运行 PostgreSQL")


@pytest.fixture
def closed_folder(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    shutil.copy("/bin/sh", folder / "program")
    return folder


def run_as(identity, command: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd="/",
        preexec_fn=identity.assume,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_program_in_a_closed_folder_is_found_and_runs_as_nobody(closed_folder):
    program = closed_folder / "program"
    done = run_as(
        choose_identity(closed_folder / "data", (program,)), f"test -x {program} && {program} -c 'id -u'"
    )

    assert done.stdout.strip() == "65534"


def test_nothing_in_a_closed_folder_can_be_written(closed_folder):
    done = run_as(
        choose_identity(closed_folder / "data", (closed_folder / "program",)), f"touch {closed_folder}/new"
    )

    assert done.returncode != 0
    assert not (closed_folder / "new").exists()


def test_no_capability_is_kept_where_every_folder_is_open(tmp_path):
    done = run_as(choose_identity(tmp_path / "data", ()), "grep CapEff /proc/self/status")

    assert int(done.stdout.split()[1], 16) == 0


def test_data_that_somebody_made_are_served_as_that_user(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, 12345, 12346)

    assert (choose_identity(data, ()).uid, choose_identity(data, ()).gid) == (12345, 12346)
