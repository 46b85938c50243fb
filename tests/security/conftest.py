"""A site full of people and things, and browsers that look at it."""

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from foundation import language
from foundation.database import Database
from foundation.embedded import APP_ROLE, EmbeddedPostgres
from foundation.settings import Settings
from tests.conftest import TEMPLATE, Owner, copy_of
from tests.security.house import House
from tests.web.conftest import Open, open_browser
from tests.web.recorded import READABLE
from tests.web.scene import Browser
from web.http.render import LOCALES

__all__ = ["open_browser"]


# Recordings too, the board, letters, consultations.
EVERYTHING = {**READABLE, "board": True, "letters": True, "chat": True}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site on which there is everything."""
    return settings.model_copy(update=EVERYTHING)


@dataclass
class FilledTemplate:
    """A full site that a file's tests copy: the name of its database, and what was made there."""

    name: str
    house: House


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(
    postgres: EmbeddedPostgres,
    server_owner: Owner,
    default_settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[FilledTemplate]:
    """A full site, made once a file."""
    # Whatever ran before: its people are told in their languages.
    language.load(LOCALES)
    data = tmp_path_factory.mktemp("house")
    settings = default_settings.model_copy(update={**EVERYTHING, "data": data})
    with copy_of(server_owner, TEMPLATE) as name:
        database = Database(postgres.url(APP_ROLE, name), pool_size=2)
        house = await House.fill(database, settings)
        # Nobody may be connected to what is copied.
        await database.close()
        yield FilledTemplate(name, house)


@pytest.fixture
def database_name(request: pytest.FixtureRequest, server_owner: Owner) -> Iterator[str]:
    """The name of a fresh copy of the full site's database where a test asks for it."""
    full = "filled" in request.fixturenames
    template = request.getfixturevalue("filled").name if full else TEMPLATE
    with copy_of(server_owner, template) as name:
        yield name


@pytest.fixture
def house(filled: FilledTemplate, database: Database, settings: Settings) -> House:
    """A site on which everything that has an address exists."""
    made = filled.house
    shutil.copytree(made.settings.data, settings.data, dirs_exist_ok=True)
    return replace(
        made, database=database, settings=settings, people={**made.people}, ids={**made.ids}
    )


@pytest.fixture
async def browser(open_browser: Open) -> Browser:
    """A browser on the site with its default settings."""
    return await open_browser()
