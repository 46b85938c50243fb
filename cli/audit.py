"""`hitotoki audit`: proves that the books are right."""

import typer

from cli.verb import run_on_database
from foundation.database import Database
from foundation.settings import Settings
from points.audit import Proof, prove


def audit() -> None:
    """Check every invariant of the books; exit with 1 where one is broken."""

    async def task(database: Database, _: Settings) -> list[Proof]:
        async with database.transaction() as tx:
            return await prove(tx)

    proofs = run_on_database(task)
    for proof in proofs:
        mark = "ok    " if proof.broken == 0 else f"BROKEN ({proof.broken} rows)"
        typer.echo(f"{mark} {proof.name}")
    if any(proof.broken for proof in proofs):
        raise typer.Exit(1)
    typer.echo(f"All {len(proofs)} invariants hold.")
