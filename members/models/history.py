"""History by trigger: every insert, change and deletion of a row, also by raw SQL, with who and by what."""

from collections.abc import Callable

import pghistory
import pgtrigger


def never_emptied(what: str) -> pgtrigger.Trigger:
    """TRUNCATE passes by the triggers of rows: this one refuses it for the whole table (`what`, in Chinese)."""
    return pgtrigger.Trigger(
        name="never_emptied",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=f"RAISE EXCEPTION '{what}不能清空。' USING ERRCODE = 'restrict_violation';",
    )


def tracked(**options) -> Callable:
    """Class decorator of a model whose history is kept; options as of `pghistory.track`.

    The library keeps inserts and updates by default. Its setting for others copies the events, and copies are not
    recognised by its triggers once a statement, so each model gets fresh ones here.
    """
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        meta={"triggers": [never_emptied("修改记录")]},
        **options,
    )
