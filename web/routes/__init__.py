"""Every address of the site: one table a subject, collected here."""

from aiohttp import web

from foundation.settings import Settings
from web.http.render import STATIC
from web.routes.accounts import account_routes
from web.routes.applying import applying_routes
from web.routes.board import board_routes
from web.routes.booking import booking_routes
from web.routes.calling import calling_routes
from web.routes.casts import cast_routes
from web.routes.day import day_routes
from web.routes.finding import finding_routes
from web.routes.operator.site import selling_routes, staff_site_routes
from web.routes.payouts import payout_routes
from web.routes.points import point_routes
from web.routes.questions import question_routes
from web.routes.recordings import recording_routes
from web.routes.rooms import room_routes
from web.routes.safety import safety_routes
from web.routes.settings import settings_routes
from web.routes.site import demo_routes, site_routes
from web.routes.staff import staff_routes
from web.routes.tab import demo_tab_routes, tab_routes
from web.routes.telephone import practice_routes, telephone_routes
from web.routes.written.chat import chat_routes
from web.routes.written.letters import letter_routes


def routes(settings: Settings, *, practice: bool = False) -> list[web.AbstractRouteDef]:
    """Return the site's addresses and who answers at each; `practice`: it has the telephones."""
    table = [
        *site_routes(),
        *finding_routes(),
        *room_routes(),
        *question_routes(),
        *letter_routes(),
        *chat_routes(),
        *board_routes(settings),
        *recording_routes(),
        *applying_routes(),
        *booking_routes(),
        *calling_routes(settings),
        *point_routes(),
        *tab_routes(),
        *cast_routes(),
        *day_routes(),
        *payout_routes(),
        *account_routes(),
        *settings_routes(),
        *telephone_routes(),
        *safety_routes(),
        *staff_routes(),
        *staff_site_routes(),
        *selling_routes(),
    ]
    if settings.demo:
        table += [*demo_routes(), *demo_tab_routes()]
    if practice:
        table += practice_routes()
    if STATIC.is_dir():
        # Sends the .br or .gz beside a file to browsers that take it.
        table.append(web.static("/static", STATIC))
    return table
