"""What a child process may take to read a file of so many bytes."""

from dataclasses import dataclass

MB = 1024 * 1024
# 200,000 rows of 12 cells in a workbook of 15 MB need 400 MB of limit for 358 MB of memory, and 3.5 s.
MEMORY, MEMORY_PER_BYTE, COPIES = 200 * MB, 14, 2
MEMORY_OF_OTHERS = 280 * MB  # text files and .xls: they are not packed
SECONDS, SECONDS_PER_MB = 6, 0.15  # never more than 9: pictures count as bytes, too
PATIENCE = 120


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of memory, seconds of processor, and seconds of waiting while other heavy files are read."""

    memory: int
    seconds: int
    patience: int

    @classmethod
    def for_size(cls, size: int) -> "Limits":
        """Return the limits for a file of so many bytes: a small file has no right to much memory."""
        return cls(MEMORY + MEMORY_PER_BYTE * size, int(SECONDS + SECONDS_PER_MB * size / MB), PATIENCE)


def choose_memory(size: int, packed_tables: int | None) -> int:
    """Return the bytes of memory for a file; `packed_tables`: the bytes of its XML as packed, None if it is no package.

    Pictures do not entitle a package to more.
    """
    if packed_tables is None:
        return MEMORY_OF_OTHERS
    return MEMORY + COPIES * size + (MEMORY_PER_BYTE - COPIES) * min(packed_tables, size)
