"""What of a site's particulars every page is given."""

from datetime import UTC, datetime
from typing import Any

from record.site.particulars import Particulars


def on_pages(site: Particulars, locale: str, *, is_cast: bool, is_staff: bool) -> dict[str, Any]:
    """Return the site, its name, what is told to this reader now, and its rest where it has one."""
    now = datetime.now(UTC)
    wide = {"everyone": True, "casts": is_cast, "staff": is_staff}
    return {
        "site": site,
        "site_name": site.name(locale),
        "site_tells": site.told(now, [audience for audience, told in wide.items() if told]),
        "site_rest": site.maintenance if site.rests(now) else None,
    }
