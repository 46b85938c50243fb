"""The table of pen names that somebody wants to see no more of."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW
from foundation.database import metadata

# Who wants to see no more of a topic under a pen name, and so of all that stands under it.
board_pen_blocks = sa.Table(
    "board_pen_blocks",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("topic_id", sa.BigInteger, sa.ForeignKey("board_topics.id"), primary_key=True),
    sa.Column("since", MOMENT, nullable=False, server_default=NOW),
)
