"""A caller and a cast, with a room."""

import pytest

from foundation.database import Database
from foundation.settings import Settings
from tests.rooms.questions.asked import Asked


@pytest.fixture
async def asked(database: Database, owner_database: Database, settings: Settings) -> Asked:
    """The two and a room, and nothing asked yet."""
    return await Asked.open(database, owner_database, settings)
