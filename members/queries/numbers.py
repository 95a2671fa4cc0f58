"""Questions about student numbers."""

from members.models import Member
from members.querysets import MemberQuerySet


def list_number_twins(user, person: Member) -> MemberQuerySet:
    """Return the other people in the user's scope whose number differs from the person's in its case only.

    There are some only where two people had such numbers before case stopped to matter.
    """
    seen = Member.objects.visible_to(user, "member.view").filter(school=person.school_id)
    return seen.filter(student_no__iexact=person.student_no).exclude(pk=person.pk).order_by("pk")
