"""Remove the files of the demo's pictures after a failure, since no transaction undoes them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.storage import default_storage


@contextmanager
def remove_pictures_on_failure() -> Iterator[None]:
    """Restore the storage if the block raises; an empty portal has no other users who upload."""
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
