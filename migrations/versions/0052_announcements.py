"""What an operator tells in bars, when the site rests, and which doors are shut."""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

KINDS = (
    "'name', 'accent', 'words', 'sender', 'languages', 'icon', 'logo', 'announcements', "
    "'maintenance', 'doors'"
)


def upgrade() -> None:
    """Apply the change."""
    op.execute("ALTER TABLE site_particulars DROP CONSTRAINT ck_site_particulars_kind_known")
    op.execute(
        "ALTER TABLE site_particulars ADD CONSTRAINT ck_site_particulars_kind_known"
        f" CHECK (kind IN ({KINDS}))"
    )
