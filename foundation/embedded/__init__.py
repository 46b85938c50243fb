"""The servers that come with the site: PostgreSQL and Valkey out of their wheels."""

from foundation.embedded.cluster import OWNER
from foundation.embedded.servers import APP_ROLE, EmbeddedPostgres, EmbeddedValkey

__all__ = ["APP_ROLE", "OWNER", "EmbeddedPostgres", "EmbeddedValkey"]
