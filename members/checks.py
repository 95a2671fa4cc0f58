"""Checks of the database before `migrate` changes it."""

from django.core.checks import Error
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

HINT = "这个数据库比本版本所能接续的更旧。请先用提交 0a9d084 的代码运行一次 ./portal manage migrate，再换回本版本。"


def check_folded_migrations(databases=None, **kwargs) -> list[Error]:
    """Refuse a database that has only some of the migrations that a folded migration replaces.

    The replaced files no longer exist. Django would skip the folded migration and, if no other app depends on
    it, report that there is nothing to do.
    """
    errors = []
    for alias in databases or ():
        applied = MigrationRecorder(connections[alias]).applied_migrations()
        for (app, name), folded in MigrationLoader(None).replacements.items():
            missing = [replaced for _, replaced in folded.replaces if (app, replaced) not in applied]
            if 0 < len(missing) < len(folded.replaces):
                text = f"{app}.{name} 无法接续：数据库缺少旧迁移 {'、'.join(missing)}。"
                errors.append(Error(text, hint=HINT, id="members.E001"))
    return errors
