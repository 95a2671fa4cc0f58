"""Tell the apps above that numbers of people have become known: a student number or a volunteer number.

Rows of their files may wait for these numbers.
"""

from collections.abc import Callable, Collection

from members.models import Member, School

# Functions of apps above, lowest app first: follow(school_id, ids of people, or None for all of the school).
FOLLOWERS: list[Callable[[int, Collection[int] | None], object]] = []


def register_number_follower(follow: Callable[[int, Collection[int] | None], object]) -> None:
    """Call `follow` in the same transaction whenever numbers become known; AppConfig.ready calls this."""
    FOLLOWERS.append(follow)


def tell_numbers_known(member_ids: Collection[int]) -> None:
    """Tell the followers that these people have a student number or volunteer number that is new."""
    ids = set(member_ids)
    for school_id in sorted(set(School.objects.filter(members__in=ids).values_list("pk", flat=True))):
        own = Member.objects.filter(school=school_id, pk__in=ids)
        for follow in FOLLOWERS:
            follow(school_id, set(own.values_list("pk", flat=True)))


def tell_school_numbers_known(school_id: int) -> None:
    """Tell the followers that any number of the school may be new, after an import of people."""
    for follow in FOLLOWERS:
        follow(school_id, None)
