"""`hitotoki payments`: what operators do about the payment provider."""

from datetime import timedelta
from typing import Annotated

import typer

from cli.verb import run_on_database
from foundation.database import Database, clock
from foundation.settings import Settings
from points.payments.opening import house_of, open_stripe
from points.payments.provider import ProviderError
from points.payments.reconciliation import Difference, reconcile
from points.payments.settling import settle_open

app = typer.Typer(no_args_is_help=True, help="The payment provider.")


@app.command("reconcile")
def reconcile_command(
    days: Annotated[int, typer.Option(min=1, max=90, help="How far to look back.")] = 8,
) -> None:
    """Compare the provider's payments and refunds with ours; exit with 1 where they differ.

    With 2 where the provider gives no list.
    """

    async def task(database: Database, settings: Settings) -> list[Difference]:
        async with database.transaction() as tx:
            since = await clock(tx) - timedelta(days=days)
        async with open_stripe(settings) as provider:
            try:
                return await reconcile(database, provider, since) if provider else []
            except ProviderError as error:
                typer.echo(f"The provider gave no list ({error.problem}): {error.why}", err=True)
                raise typer.Exit(2) from None

    found = run_on_database(task)
    for difference in found:
        typer.echo(f"{difference.kind} {difference.subject}: {difference.said('ja')}")
    if found:
        raise typer.Exit(1)
    typer.echo("No differences.")


@app.command("retry")
def retry_command() -> None:
    """Handle again the events that could not be handled."""

    async def task(database: Database, settings: Settings) -> int:
        house = house_of(settings)
        return len(await settle_open(database, house)) if house else 0

    typer.echo(f"{run_on_database(task)} events were handled.")
