"""People on a board."""

import pytest

from foundation.database import Database
from foundation.settings import Settings
from tests.writing.board.scene import Board


@pytest.fixture
async def board(database: Database, owner_database: Database, settings: Settings) -> Board:
    """The people, and nothing written yet."""
    return await Board.open(database, owner_database, settings)
