"""What a cell of a file can be besides text, a number, a date or a duration."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell of which nobody can tell what a person sees in it (requirements §4).

    `reason`: a sentence in Chinese for the rejected row; `shown`: the cell's text in the returned sheet.
    """

    reason: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A value that was read from a cell that says more than one thing, with a sentence in Chinese about it."""

    value: object
    doubt: str
