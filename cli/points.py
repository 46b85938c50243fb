"""`hitotoki points`: what staff do with points from the command line."""

from typing import Annotated

import typer

from cli.verb import refusals, run_on_database
from foundation.database import Database
from foundation.errors import UserError
from foundation.ids import new_token
from foundation.language import N_
from foundation.numbers import integer
from foundation.settings import Settings
from people.accounts import accounts, rules
from points import ledger
from points.desk import adjustments
from points.rules import MOST_POINTS

app = typer.Typer(no_args_is_help=True, help="Grants of points.")


@app.callback()
def _group() -> None:
    """Grants of points."""


@app.command()
def grant(
    email: Annotated[str, typer.Argument(help="Whose wallet.")],
    points: Annotated[str, typer.Argument(help="How many points, in plain digits.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the books.")],
    key: Annotated[
        str | None, typer.Option(help="The same key again grants nothing a second time.")
    ] = None,
) -> None:
    """Give EMAIL a number of POINTS, which expire like bought ones."""
    with refusals():
        address = rules.email(email)
        number = integer(points, 1, MOST_POINTS)
        if key is not None and not 1 <= len(key) <= 100:
            raise UserError("key_too_long", N_("キーは1〜100文字で入力してください。"), status=400)

    async def task(database: Database, settings: Settings) -> int:
        async with database.transaction() as tx:
            user = await accounts.find_by_email(tx, address)
            if user is None:
                raise UserError("user_unknown", N_("この会員は見つかりません。"), status=404)
            once = f"cli:{key or new_token()}"
            await adjustments.give_from_console(tx, settings, user.id, number, reason, once)
            return await ledger.spendable(tx, user.id)

    typer.echo(f"{address} has {run_on_database(task):,} points now.")
