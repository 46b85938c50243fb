"""`hitotoki admin`: the people who run the site."""

from typing import Annotated

import typer

from cli.verb import refusals, with_database
from foundation.database import Database
from foundation.ids import new_token
from foundation.settings import Settings
from people import accounts, passwords, rules
from points.staff_acts import log_act

app = typer.Typer(no_args_is_help=True, help="The people who run the site.")


@app.callback()
def _group() -> None:
    """The people who run the site."""


@app.command()
def create(email: Annotated[str, typer.Argument(help="E-mail address.")]) -> None:
    """Make EMAIL a member of staff; a new account gets a password, which is printed once."""
    with refusals():
        address = rules.email(email)
    password = new_token()

    async def task(database: Database, _: Settings) -> bool:
        hashed = await passwords.hash_password(password)
        async with database.transaction() as tx:
            new = await accounts.register(
                tx, nickname="スタッフ", email=address, password_hash=hashed, confirmed=True
            )
            user = await accounts.make_staff(tx, address)
            assert user is not None
            await log_act(tx, None, "staff.make", f"user:{user.id}", reason="hitotoki admin create")
            return new is not None

    if with_database(task):
        typer.echo(f"{address} is staff now. Password: {password}")
    else:
        typer.echo(f"{address} is staff now, with the password it had.")
