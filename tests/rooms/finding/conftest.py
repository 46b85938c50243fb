"""What tests of finding begin with."""

import pytest

from foundation.database import Database
from foundation.settings import Settings
from tests.rooms.finding.places import Places


@pytest.fixture
def places(database: Database, settings: Settings) -> Places:
    """A site without rooms."""
    return Places(database, settings)
