"""Fixtures that the tests of people and of their files share."""

import pytest


@pytest.fixture(autouse=True)
def uploads_of_their_own(settings, tmp_path):
    """Keep uploaded files in a folder that pytest removes."""
    settings.MEDIA_ROOT = tmp_path / "media"
