"""The schemas of the tests, of the migrations and of today's data folders are the same."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
from django.core.checks import run_checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from tests.schema.catalogue import read_catalogue
from volunteer_portal.settings import BASE_DIR

APPS = ("members", "pairing", "activities", "reports")
# A database of commit 0a9d084, the last one before the migrations were folded: the portal's own objects.
BEFORE_THE_FOLD = Path(__file__).parent / "schema/0a9d084.txt"
# The one difference is Django's own: migrations give the ids of automatic many-to-many tables
# DEFAULT_AUTO_FIELD.
DJANGO = [
    "+ column auth_group_permissions.id: bigint NOT NULL IDENTITY d",
    "- column auth_group_permissions.id: integer NOT NULL IDENTITY d",
]
OWN = re.compile(rf"extension |function pgtrigger_|\w+ ({'|'.join(APPS)})_")


@pytest.fixture
def empty_database():
    """Yield the address of a new database on the server of the tests, and drop it at the end."""
    name = f"{connection.settings_dict['NAME']}_migrated"
    server = psycopg2.connect(**connection.get_connection_params() | {"dbname": "postgres"})
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
        yield f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    server.close()


def run_migrations(address: str, script: str) -> dict[str, list]:
    """Run the real migrations in another process, since they are switched off in this one; return its answer."""
    environment = {**os.environ, "DATABASE_URL": address}
    command = [sys.executable, "-m", f"tests.schema.{script}"]
    done = subprocess.run(command, env=environment, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def differences(one: list[str], other: list[str]) -> list[str]:
    return sorted(
        [f"- {line}" for line in set(one) - set(other)] + [f"+ {line}" for line in set(other) - set(one)]
    )


def test_models_migrations_and_databases_of_before_the_fold_have_one_schema(db, empty_database):
    models = read_catalogue()
    made = run_migrations(empty_database, "migrated")
    before = BEFORE_THE_FOLD.read_text().splitlines()

    assert differences(models, made["migrated"]) == DJANGO
    assert differences(before, [line for line in made["folded"] if OWN.match(line)]) == []
    for trigger, times in (("gate_of_admission", 1), ("track_follows", 0)):
        assert (
            len([line for line in models if f"trigger members_member.pgtrigger_{trigger}_" in line]) == times
        )


def test_old_messages_stay_personal_and_old_ticks_get_their_person(db, empty_database):
    left = run_migrations(empty_database, "messages_before")
    assert left["messages"] == [[1, "", "已读", True], [1, "", "未读", False]]
    # The secretary of that day; the first account after it; nobody.
    assert left["ticks"] == [[1, 1], [2, 3], [3, None]]


@pytest.fixture
def database_before_the_fold(db, settings):
    """Record all replaced migrations as applied in the database, and the folded ones not."""
    settings.MIGRATION_MODULES = {}
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    recorder.flush()
    loader = MigrationExecutor(connection).loader
    for key, migration in loader.disk_migrations.items():
        for replaced in migration.replaces or [key]:
            recorder.record_applied(*replaced)
    return recorder


def test_a_database_of_before_the_fold_has_nothing_to_migrate(database_before_the_fold):
    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()

    assert run_checks(databases=["default"]) == []
    assert executor.migration_plan(leaves) == []
    executor.migrate(leaves)
    assert {(app, "0001_initial") for app in APPS} <= database_before_the_fold.applied_migrations().keys()


@pytest.mark.parametrize(
    ("app", "name"), [("reports", "0010_rollover"), ("members", "0001_people_and_organisations")]
)
def test_a_database_with_a_part_of_the_old_migrations_is_refused(database_before_the_fold, app, name):
    database_before_the_fold.record_unapplied(app, name)

    (error,) = run_checks(databases=["default"])

    assert error.id == "members.E001"
    assert f"{app}.0001_initial" in error.msg
    assert name in error.msg


def test_liaisons_and_invitations_of_before_go_on(db, empty_database):
    """The role gets the account's school and works; an accepted invitation stays, a waiting one waits for its check."""
    found = run_migrations(empty_database, "old_streets")

    assert found == {
        "schools": [["李街道", "JH"], ["维护", "JH"]],
        "opens": True,
        "noted": 2,
        "invitations": [["used", "used", True], ["waits", "unchecked", False]],
    }


def test_dates_that_nobody_told_become_unknown_and_told_ones_stay(db, empty_database):
    found = run_migrations(empty_database, "old_registrations")

    unknown, told = ["None", "2018-10-12", True], ["2018-09-28", "2018-09-28", True]
    assert found["people"] == {
        "file without dates": unknown,
        "claim without a date": unknown,
        "roster after a list without dates": unknown,
        "file with dates": told,
        "claim with a date": told,
        "roster after a list with dates": told,
        "confirmed": told,
        "unregistered": ["None", "None", False],
        "confirmed, then a file without dates": told,
    }
    # The history tells of the emptied dates and of nothing else.
    told_once = dict.fromkeys(found["people"], 1) | {"confirmed, then a file without dates": 2}
    assert found["events"] == told_once | {
        name: 2 for name, kept in found["people"].items() if kept == unknown
    }
    assert found["reasons"] == ["升级：名单未写的注册日期不再记为导入日期"]
    assert found["listed"] == ["2018-10-12"]


def test_spells_come_from_the_history(db, empty_database):
    """A spell for each real change by local date; the last of a day counts; the open one says what the person says."""
    found = run_migrations(empty_database, "spells_before")

    assert found["spells"] == {
        "一直": [["2018-09-03", None, "法1", "member", "active", True]],
        "变动": [
            ["2018-09-03", "2018-10-02", "法1", "applicant", "active", True],
            # 16:30 UTC of 1 October is 2 October here; the branch of the morning was gone in the evening.
            ["2018-10-02", "2018-11-05", "法1", "activist", "active", False],
            ["2018-11-05", None, "法2", "activist", "suspended", False],
        ],
        "同日": [["2018-09-03", None, "法2", "member", "active", True]],
        "缺口": [
            ["2018-09-03", "2018-10-10", "法1", "member", "active", True],
            ["2018-10-10", None, "法1", "member", "graduated", False],
        ],
        "无史": [["2018-09-20", None, "法2", "student", "active", True]],
    }
    assert found["agree"] is True
    assert found["refused"] == ["changed alone", "spell alone", "spell deleted", "person alone"]


def test_totals_of_before_are_counted_and_each_change_is_listed_with_its_reason(db, empty_database):
    found = run_migrations(empty_database, "totals_before")

    assert found["counted"] == [
        [1, 120, 0, 0, "", None],
        [2, 60, 0, 0, "overlap", 1],
        [3, 0, 110, 0, "source", 2],
        [4, 0, 0, 60, "pending", None],
        [5, 90, 0, 0, "", None],
    ]
    sentence = "9月1日北京共青团的“助老2”：原计 2 小时，现计 1 小时（与9月1日北京共青团的“助老1”时间重叠，只计 1 小时）"
    assert found["changed"] == [[1, 2018, "appraisal", 240, 180, [sentence]]]
    assert found["stale"] == 0


def test_numbers_that_differ_in_case_only_stay_two_people_and_full_width_becomes_half(db, empty_database):
    found = run_migrations(empty_database, "old_numbers")

    numbers = [["B18010001", 0], ["b18010001", 1], ["C18010001", 0], ["C18010002", 0]]
    assert found == {
        "people": [
            [n, name, twin] for (n, twin), name in zip(numbers, ["张三", "李四", "王五", "赵六"], strict=True)
        ],
        "numbers": numbers,
        "accounts": [[f"{n}@JH", n, twin] for n, twin in numbers],
        "volunteers": [["v1", 0], ["V1", 1]],
        "waiting": [["D1|2018-10-01 08:00", "d1"]],
    }
