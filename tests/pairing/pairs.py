"""Creates pairings for tests that begin after the claim."""

from datetime import datetime
from zoneinfo import ZoneInfo

from members.models import College, Street, User
from pairing.models import Pairing, PairingCode
from pairing.services.claims import submit_claim

CLAIMED_AT = datetime(2018, 10, 16, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


def make_pairing(college: College, street: Street, *, user: User, at: datetime = CLAIMED_AT) -> Pairing:
    """Pair the college with the street; the college uses its code of the year or gets a new one."""
    code, _ = PairingCode.objects.get_or_create(
        year=college.school.years.get(year=at.year),
        college=college,
        defaults={
            "code": f"PAIRS{at.year}N{college.pk}",
            "kind": street.kind,
            "state": PairingCode.State.HANDED_OUT,
            "handed_at": at,
        },
    )
    return submit_claim(user=user, college_id=college.pk, street_id=street.pk, code=code.code, now=at)
