"""History by trigger: every insert, change and deletion of a row, also by raw SQL, with who and by what."""

from collections.abc import Callable

import pghistory


def tracked(**options) -> Callable:
    """Class decorator of a model whose history is kept; options as of `pghistory.track`.

    The library keeps inserts and updates by default. Its setting for others copies the events, and copies are not
    recognised by its triggers once a statement, so each model gets fresh ones here.
    """
    return pghistory.track(
        pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), **options
    )
