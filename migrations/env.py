"""What Alembic runs: applies the scripts in versions/ as the tables' owner."""

from alembic import context
from sqlalchemy import create_engine, pool

# Imported so that the metadata knows every table.
import media.tables
import notify.tables
import payouts.tables
import people.accounts.tables
import people.desk.identity_tables
import people.desk.tables
import people.joining.tables
import people.meeting.tables
import people.sign_in.tables
import people.telephones.tables
import points.coupons.tables
import points.payments.bills.tables
import points.payments.tables
import points.tables
import record.site.tables
import record.tables
import record.texts.tables
import rooms.ground.booking_tables
import rooms.ground.calling_tables
import rooms.ground.day_tables
import rooms.ground.desk_tables
import rooms.ground.finding_tables
import rooms.ground.offering_tables
import rooms.ground.rating_tables
import rooms.ground.recording_tables
import rooms.ground.report_tables
import rooms.ground.request_tables
import rooms.ground.tables
import rooms.ground.talk_record_tables
import writing.board.tables
import writing.chat.day_tables
import writing.chat.tables
import writing.ground.tables
import writing.letters.tables
from foundation.database import metadata


def run() -> None:
    """Apply the scripts, each in its own transaction."""
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            transaction_per_migration=True,
            compare_server_default=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
