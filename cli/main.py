"""The operators' verbs: `./run VERB …`, in a production image `python -m cli VERB …`."""

import sys

import psycopg
import typer
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from cli import admin, payments, points
from cli.audit import audit
from cli.backups.verbs import backup, restore
from cli.banks import banks
from cli.demo import demo
from cli.deploying.systemd import systemd
from cli.doctor import doctor
from cli.media import media
from cli.migrate import migrate_command
from cli.serve import serve
from cli.telephone import telephone, telephone_check, telephone_gateway
from foundation.embedded.child import ChildError

app = typer.Typer(
    name="hitotoki",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve)
app.command("demo")(demo)
app.command("media")(media)
app.command("telephone")(telephone)
app.command("telephone-check")(telephone_check)
app.command("telephone-gateway", hidden=True)(telephone_gateway)
app.command("migrate")(migrate_command)
app.command("audit")(audit)
app.command("doctor")(doctor)
app.command("backup")(backup)
app.command("restore")(restore)
app.command("banks")(banks)
deploying = typer.Typer(no_args_is_help=True, help="Files that a server needs beside the product.")
deploying.command("systemd")(systemd)
app.add_typer(deploying, name="deploy")
app.add_typer(admin.app, name="admin")
app.add_typer(points.app, name="points")
app.add_typer(payments.app, name="payments")


def main() -> None:
    """Run the verb on the command line; a setting or a database that is wrong is said in words."""
    try:
        app(prog_name="hitotoki")
    except (ChildError, psycopg.OperationalError, OperationalError) as error:
        sys.exit(f"hitotoki: {error}")
    except ValidationError as error:
        wrong = [f"  {'.'.join(map(str, e['loc'])) or 'all'}: {e['msg']}" for e in error.errors()]
        sys.exit("\n".join(["hitotoki: these settings are wrong (docs/settings.md):", *wrong]))
