"""One saved version of a text, beside the one before it."""

import difflib
from functools import partial

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import N_
from foundation.threads import Threads
from record.texts import versions
from record.texts.versions import Version
from web.http.paths import id_in_path
from web.http.render import TEMPLATE_ENVIRONMENT
from web.pages.site.texts.export import exported
from web.pages.site.texts.public import TITLES
from web.pages.staff.access import staff_page, staff_visit
from web.pages.staff.texts.form import LANGUAGES

# Lines around a change that are shown with it.
AROUND = 2

_threads = Threads("differences", 1, 8)


async def show(request: Request) -> Response:
    """Show what a version changed, line by line, in both languages."""
    name, number = request.match_info["text_name"], id_in_path(request, "version_number")
    async with staff_visit(request, "site") as (v, _):
        found = await versions.find(v.tx, name, number)
        if found is None:
            raise UserError("version_unknown", N_("この版は見つかりません。"), status=404)
        before = await versions.find(v.tx, name, number - 1)
        changes = {
            locale: await _threads.run(
                partial(
                    _changes,
                    _text(request, name, before, locale),
                    _text(request, name, found, locale),
                )
            )
            for locale in LANGUAGES
        }
        return await staff_page(
            v, "staff_text_version.html", version=found, title=TITLES[name], changes=changes
        )


def _text(request: Request, name: str, version: Version | None, locale: str) -> str:
    body = version.body(locale) if version else None
    return body or exported(request.app[TEMPLATE_ENVIRONMENT], name, locale)


def _changes(before: str, after: str) -> list[tuple[str, str]]:
    """Return lines with what they are: added, taken away, the same, or a gap between."""
    kinds = {"+": "added", "-": "removed", " ": "same", "@": "gap"}
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=AROUND)
    return [(kinds[line[0]], line[1:] if line[0] != "@" else "…") for line in list(found)[2:]]
