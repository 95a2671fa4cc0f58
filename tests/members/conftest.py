"""What the tests of people and of their files share."""

import pytest


@pytest.fixture(autouse=True)
def uploads_of_their_own(settings, tmp_path):
    """Uploaded files of a test end with it."""
    settings.MEDIA_ROOT = tmp_path / "media"
