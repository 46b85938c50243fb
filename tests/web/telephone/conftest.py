"""A site on which people talk by telephone, with a gateway that is there."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from rooms.calling import gateways
from tests.web.conftest import Open
from tests.web.scene import Browser


@pytest.fixture
async def browser(open_browser: Open, database: Database) -> Browser:
    """A browser on that site."""
    async with database.transaction() as tx:
        await gateways.beat(tx, await gateways.appear(tx), None, 0)
        # As long as a slow test lasts.
        await tx.execute(sa.text("UPDATE telephone_gateways SET seen_at = now() + interval '1 h'"))
    return await open_browser(telephone=True)
