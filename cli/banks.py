"""`hitotoki banks`: which list of banks counts, and a newer one."""

from pathlib import Path
from typing import Annotated

import typer

from cli.verb import run_on_database
from foundation.database import Database
from foundation.settings import Settings
from payouts.banks import lists, renewal
from payouts.banks.packed import BankList, BankListError


def banks(
    package: Annotated[
        Path | None,
        typer.Argument(help="The npm package zengin-code: its .tgz, or its folder.", exists=True),
    ] = None,
) -> None:
    """Say of which day the list of banks is; with a package, store its list."""

    async def task(database: Database, _: Settings) -> BankList:
        async with database.transaction() as tx:
            if package is None:
                return await lists.bank_list(tx)
            return await renewal.renew(tx, renewal.read_package(package))

    try:
        found = run_on_database(task)
    except BankListError as error:
        typer.echo(f"Nothing was changed: {error}.", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{found.made_on}: {len(found)} banks, {found.branches} branches.")
