"""What tests of offering share."""

import pytest

from foundation.database import Database
from foundation.settings import Settings
from tests.rooms.offering.scene import Offering


@pytest.fixture
async def offering(database: Database, settings: Settings) -> Offering:
    """A cast without a room, and a member of staff, on a site that looks first."""
    return await Offering.open(database, settings)
