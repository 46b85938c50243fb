"""What the verbs share: a database at hand for one task, and refusals said in words."""

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import typer
import uvloop

from cli.serve import databases, prepare
from foundation.database import Database
from foundation.errors import UserError
from foundation.log import set_up_log
from foundation.settings import Settings

R = TypeVar("R")


def run_on_database(
    task: Callable[[Database, Settings], Awaitable[R]], settings: Settings | None = None
) -> R:
    """Run one task against the site's database: the configured one, or the embedded one."""
    settings = settings or Settings()
    set_up_log(settings.log_format)

    async def run(url: str) -> R:
        database = Database(url, pool_size=2)
        try:
            return await task(database, settings)
        finally:
            await database.close()

    with refusals(), databases(settings) as found:
        prepare(settings, found)
        return uvloop.run(run(found.url))


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Say a refusal on standard error and exit with 1."""
    try:
        yield
    except UserError as error:
        text = error.text % error.params if error.params else error.text
        typer.echo(f"{error.code}: {text}", err=True)
        raise typer.Exit(1) from error
