from pairing.models import Pairing
from pairing.services.claims import claim


def test_claim(hall):
    pairing = claim(
        user=hall.world.secretary,
        college_id=hall.world.college_a.pk,
        street_id=hall.urban.pk,
        code="cqjha001",
        now=hall.now,
    )
    assert Pairing.objects.get() == pairing
