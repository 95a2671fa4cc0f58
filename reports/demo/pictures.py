"""Pictures of the demo are files, which no transaction takes back: a demo that fails removes its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.storage import default_storage


@contextmanager
def remove_pictures_on_failure() -> Iterator[None]:
    """Leave the storage as it was where the block raises; an empty portal has nobody else who uploads."""
    before = set(_list_files())
    try:
        yield
    except BaseException:
        for name in set(_list_files()) - before:
            default_storage.delete(name)
        raise


def _list_files(folder: str = "") -> Iterator[str]:
    if not default_storage.exists(folder):
        return
    folders, files = default_storage.listdir(folder)
    inside = f"{folder}/" if folder else ""
    yield from (f"{inside}{name}" for name in files)
    for name in folders:
        yield from _list_files(f"{inside}{name}")
