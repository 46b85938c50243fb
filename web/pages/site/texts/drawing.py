"""An operator's text as it is read: its parts that hold, its figures of this moment, as HTML."""

import re
from collections import OrderedDict
from functools import partial

from aiohttp.web import Request
from markupsafe import Markup

from foundation.language import N_, translate
from foundation.text import blocks, marked
from foundation.threads import Threads
from points.payments.ways import Ways
from web.http.keys import OFFER, SETTINGS, SITE
from web.http.render import TEMPLATE_ENVIRONMENT
from web.pages.site.texts.figures import BLOCKS, FIGURES, WHOLE, Facts

# A text of the greatest length takes a core for seconds: beyond these, readers come back.
DRAWN_AT_ONCE, MOST_DRAWING = 1, 8
MOST_KEPT = 32
TABLE = N_("表")

_threads = Threads("texts", DRAWN_AT_ONCE, MOST_DRAWING)
_Key = tuple[str, str, tuple[tuple[str, str], ...]]
_kept: OrderedDict[_Key, Markup] = OrderedDict()
_NAMES = re.compile(r"\{([a-z][a-z0-9_]{0,59})\}")


async def facts_for(request: Request, locale: str) -> Facts:
    """Return what the figures of a text are of now."""
    offer = request.app[OFFER]
    ways: Ways | None = await offer.now() if offer is not None else None
    called = request.app[SITE].now.name(locale)
    return Facts(request.app[TEMPLATE_ENVIRONMENT], request.app[SETTINGS], locale, ways, called)


def check(text: str) -> None:
    """Refuse a text that names what there isn't. Raises as `foundation.text.blocks.check`."""
    blocks.check(text, BLOCKS, FIGURES)


async def draw(text: str, facts: Facts) -> Markup:
    """Return a text that has passed `check` as HTML.

    What was drawn is kept while text and figures are the same. Raises UserError (422) for one that
    is nested too deep or has too many lines, and CrowdedError.
    """
    opened = blocks.opened(text, facts.holds)
    said = facts.figures(frozenset(_NAMES.findall(opened)) & FIGURES)
    label = translate(facts.locale, TABLE)
    key = (opened, label, tuple(sorted(said.items())))
    if key in _kept:
        _kept.move_to_end(key)
        return _kept[key]
    work = partial(marked.drawn, opened, said.__getitem__, whole=WHOLE, table_label=label)
    made = await _threads.run(work)
    _kept[key] = made
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
    return made
