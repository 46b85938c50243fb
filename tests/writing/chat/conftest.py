"""A caller, and members who take consultations."""

from collections.abc import AsyncIterator

import pytest

from foundation.database import Database
from foundation.settings import Settings
from tests.writing.chat.chatted import Chatted


@pytest.fixture
async def chatted(
    database: Database, owner_database: Database, settings: Settings
) -> AsyncIterator[Chatted]:
    """The people, and nothing asked yet; after the test every invariant of the books holds."""
    made = await Chatted.open(database, owner_database, settings)
    yield made
    assert await made.broken() == []


@pytest.fixture
async def paid(
    database: Database, owner_database: Database, settings: Settings
) -> AsyncIterator[Chatted]:
    """The same, where a consultation costs 700 points for seven days."""
    made = await Chatted.open(database, owner_database, settings, price=700)
    yield made
    assert await made.broken() == []
