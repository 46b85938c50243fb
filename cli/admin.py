"""`hitotoki admin`: the people who run the site."""

from typing import Annotated

import typer

from cli.verb import refusals, run_on_database
from foundation.database import Database
from foundation.ids import new_token
from foundation.settings import Settings
from people.accounts import accounts, passwords, rules
from people.accounts.accounts import StaffRole
from people.joining import mailed_links, unproved
from people.sign_in import second_factors

app = typer.Typer(no_args_is_help=True, help="The people who run the site.")


@app.callback()
def _group() -> None:
    """The people who run the site."""


@app.command()
def create(
    email: Annotated[str, typer.Argument(help="E-mail address.")],
    role: Annotated[StaffRole, typer.Option(help="What they may do.")] = "administrator",
) -> None:
    """Make EMAIL a member of staff; a new account gets a password, which is printed once.

    An account of that address that nobody has confirmed gives way: it may be a stranger's.
    """
    with refusals():
        address = rules.email(email)
    password = new_token()

    async def task(database: Database, _: Settings) -> bool:
        hashed = await passwords.hash_password(password)
        async with database.transaction() as tx:
            # Else the site would be in the hands of whoever had registered this address before.
            stranger = await unproved.make_way(tx, address)
            new = await accounts.register(
                tx, nickname="スタッフ", email=address, password_hash=hashed, confirmed=True
            )
            await accounts.make_staff(tx, address, role, reason="hitotoki admin create")
            if stranger is not None:
                await unproved.erase(tx, stranger)
            return new is not None

    if run_on_database(task):
        typer.echo(f"{address} is staff now. Password: {password}")
    else:
        typer.echo(f"{address} is staff now, with the password it had.")


@app.command("reset-second-factor")
def reset_second_factor(
    email: Annotated[str, typer.Argument(help="E-mail address.")],
) -> None:
    """Take every second factor from EMAIL, who has lost them, and sign that account out everywhere.

    Be sure of who asks: from now on the password alone signs in.
    """
    with refusals():
        address = rules.email(email)

    async def task(database: Database, settings: Settings) -> bool:
        async with database.transaction() as tx:
            user = await accounts.find_by_email(tx, address)
            if user is None:
                return False
            why = "hitotoki admin reset-second-factor"
            await mailed_links.drop_all(tx, user.id)
            await second_factors.reset(tx, settings, user, actor_id=None, reason=why)
            return True

    if not run_on_database(task):
        typer.echo(f"{address} has no account.", err=True)
        raise typer.Exit(1)
    typer.echo(f"{address} signs in with the password alone now. Every device was signed out.")
