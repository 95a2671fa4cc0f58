"""Rank a college's favourite streets before the hall opens.

The list gives no right, only a shorter way to a street.
"""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction

from members.models import College, ServiceYear, Street
from pairing.models import Wish

MOST = 10


def _move_up(order: list[int], street: int) -> None:
    place = order.index(street)
    order.insert(max(0, place - 1), order.pop(place))


def _move_down(order: list[int], street: int) -> None:
    place = order.index(street)
    order.insert(place + 1, order.pop(place))


# The possible changes of a street on the list.
STEPS: dict[str, Callable[[list[int], int], None]] = {"up": _move_up, "down": _move_down, "drop": list.remove}


@transaction.atomic
def add_wish(*, user, college_id: int, year: ServiceYear, street_id: int) -> None:
    """Add a street at the end of the list; a street that is already on it keeps its place.

    Raises ValidationError for an unknown street and for more than MOST wishes.
    """
    order = _lock_wishes(user, college_id, year)
    if street_id in order:
        return
    if len(order) >= MOST:
        raise ValidationError(f"意向最多 {MOST} 个，请先移除一个。")
    if not Street.objects.filter(pk=street_id).exists():
        raise ValidationError("没有找到这个街乡。")
    _write_wishes(college_id, year, [*order, street_id])


@transaction.atomic
def change_wish(*, user, college_id: int, year: ServiceYear, street_id: int, step: str) -> None:
    """Move a street one place up or down, or drop it from the list; `step` is a key of STEPS."""
    order = _lock_wishes(user, college_id, year)
    if street_id not in order or step not in STEPS:
        raise ValidationError("意向已有变化，请刷新后重试。")
    STEPS[step](order, street_id)
    _write_wishes(college_id, year, order)


def _lock_wishes(user, college_id: int, year: ServiceYear) -> list[int]:
    colleges = College.objects.visible_to(user, "pairing.claim").filter(school=year.school_id)
    if not colleges.select_for_update(of=("self",)).filter(pk=college_id).exists():
        raise ValidationError("没有找到这个学院。")
    return list(Wish.objects.filter(year=year, college=college_id).values_list("street", flat=True))


def _write_wishes(college_id: int, year: ServiceYear, order: list[int]) -> None:
    Wish.objects.filter(year=year, college=college_id).delete()
    Wish.objects.bulk_create(
        Wish(year=year, college_id=college_id, street_id=street, rank=rank)
        for rank, street in enumerate(order, start=1)
    )
