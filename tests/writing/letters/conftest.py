"""A caller and a cast who takes letters."""

from collections.abc import AsyncIterator

import pytest

from foundation.database import Database
from foundation.settings import Settings
from tests.writing.letters.lettered import Lettered


@pytest.fixture
async def lettered(
    database: Database, owner_database: Database, settings: Settings
) -> AsyncIterator[Lettered]:
    """The two, and nothing sent yet; after the test every invariant of the books holds."""
    made = await Lettered.open(database, owner_database, settings)
    yield made
    assert await made.broken() == []
