"""A site full of people and things, and browsers that look at it."""

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest

from foundation.database import Database
from foundation.embedded import APP_ROLE, EmbeddedPostgres
from foundation.settings import Settings
from tests.conftest import TEMPLATE, Owner, copy_of
from tests.security.house import House
from tests.web.conftest import Open, open_browser
from tests.web.recorded import READABLE
from tests.web.scene import Browser

__all__ = ["open_browser"]


@pytest.fixture(scope="module")
def filled(
    postgres: EmbeddedPostgres,
    server_owner: Owner,
    default_settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, House]]:
    """A site on which everything that has an address exists, and the name of its database."""
    settings = default_settings.model_copy(
        update={"data": tmp_path_factory.mktemp("house"), **READABLE}
    )
    with copy_of(server_owner, TEMPLATE) as name:
        yield name, asyncio.run(_fill(postgres.url(APP_ROLE, name), settings))


async def _fill(url: str, settings: Settings) -> House:
    database = Database(url, pool_size=2)
    try:
        return await House.fill(database, settings)
    finally:
        await database.close()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site on which there is everything, recordings too."""
    return settings.model_copy(update=READABLE)


@pytest.fixture
def database_name(request: pytest.FixtureRequest, server_owner: Owner) -> Iterator[str]:
    """The name of a fresh database: for who asks for the house, a copy of the filled one."""
    filled = "house" in request.fixturenames
    template = request.getfixturevalue("filled")[0] if filled else TEMPLATE
    with copy_of(server_owner, template) as name:
        yield name


@pytest.fixture
def house(filled: tuple[str, House], database: Database, settings: Settings) -> House:
    """The filled site, of which the test has a copy of its own."""
    made = filled[1]
    kept = made.settings.recording_folder
    shutil.copytree(kept, settings.recording_folder, dirs_exist_ok=True)
    return replace(
        made, database=database, settings=settings, people={**made.people}, ids={**made.ids}
    )


@pytest.fixture
async def browser(open_browser: Open) -> Browser:
    """A browser on the site with its default settings."""
    return await open_browser()
