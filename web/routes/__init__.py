"""Every address of the site, in one table."""

from aiohttp import web

from foundation.settings import Settings
from web.api.health import healthz
from web.api.metrics import metrics
from web.api.webhook import webhook
from web.http.paths import WEBHOOK
from web.http.render import STATIC
from web.pages.accounts.sign_in import show_sign_in, sign_in, sign_out
from web.pages.casts.console import console
from web.pages.points.demo_pay import demo_act, demo_pay
from web.pages.points.limits import rest, set_limits, show_limits
from web.pages.points.points import points
from web.pages.points.purchases import (
    bought,
    confirm,
    forget_card,
    order,
    packs,
    pay,
    top_up,
)
from web.pages.points.receipts import ask_receipt, purchases, receipt
from web.pages.points.statement import statement, statement_csv
from web.pages.rooms.claims import send_claim, show_claim
from web.pages.rooms.favourites import set_favourite, set_tells, show_favourites
from web.pages.rooms.rooms import begin, enter, room
from web.pages.rooms.talks import show_history, talk
from web.pages.rooms.waiting import wait
from web.pages.site.demo import demo_sign_in
from web.pages.site.front import front
from web.pages.site.guide import guide
from web.pages.site.inbox import open_notice, read_all, show_inbox
from web.pages.site.installed import manifest, worker
from web.pages.site.language import choose_language
from web.pages.site.mailbox import demo_mail, demo_mail_html, mailbox
from web.pages.site.push import add_device, remove_device, show_devices
from web.pages.staff import acts, alarms, books, claims, door, mails, people
from web.pages.staff import packs as pack_list
from web.routes.accounts import account_routes
from web.routes.booking import booking_routes
from web.routes.casts import cast_routes, public_routes
from web.routes.safety import safety_routes
from web.routes.settings import settings_routes

# ASCII digits only: other digits of Unicode are no part of an address.
ROOM = "/rooms/{room_id:[0-9]{1,19}}"
TALK = "/talks/{talk_id:[0-9]{1,19}}"
CAST = "/casts/{cast_id:[0-9]{1,19}}"
PURCHASE = "/points/purchases/{purchase_id:[0-9]{1,19}}"
DEMO_PAY = "/demo/pay/{purchase_id:[0-9]{1,19}}"
DEMO_MAIL = "/demo/mailbox/{mail_id:[0-9]{1,19}}"
CLAIM = "/staff/claims/{claim_id:[0-9]{1,19}}"
PERSON = "/staff/people/{user_id:[0-9]{1,19}}"
PROPOSAL = "/staff/proposals/{proposal_id:[0-9]{1,19}}"


def routes(settings: Settings) -> list[web.AbstractRouteDef]:
    """Return the site's addresses and who answers at each."""
    table: list[web.AbstractRouteDef] = [
        web.get("/", front),
        web.get(ROOM, room),
        web.get(f"{ROOM}/enter", enter),
        web.post(f"{ROOM}/entry", begin),
        web.post(f"{ROOM}/wait", wait),
        web.get("/favourites", show_favourites),
        web.post(f"{CAST}/favourite", set_favourite),
        web.post(f"{CAST}/favourite/tell", set_tells),
        web.get("/push/devices", show_devices),
        web.post("/push/devices", add_device),
        web.post("/push/devices/remove", remove_device),
        web.get("/worker.js", worker),
        web.get("/manifest.webmanifest", manifest),
        web.get("/talks", show_history),
        web.get(TALK, talk),
        web.get(f"{TALK}/claim", show_claim),
        web.post(f"{TALK}/claim", send_claim),
        web.get("/inbox", show_inbox),
        web.post("/inbox/read", read_all),
        web.post("/inbox/{notice_id:[0-9]{1,19}}", open_notice),
        web.get("/console", console),
        web.get("/points", points),
        web.get("/points/statement", statement),
        web.get("/points/statement.csv", statement_csv),
        web.get("/points/limits", show_limits),
        web.post("/points/limits", set_limits),
        web.post("/points/limits/rest", rest),
        web.get("/points/purchases", purchases),
        web.get(f"{PURCHASE}/receipt", ask_receipt),
        web.post(f"{PURCHASE}/receipt", receipt),
        web.get("/guide", guide),
        web.get("/sign-in", show_sign_in),
        web.post("/sign-in", sign_in),
        web.post("/sign-out", sign_out),
        web.post("/language", choose_language),
        web.get("/healthz", healthz),
        web.get("/metrics", metrics),
    ]
    table += staff_routes()
    table += account_routes()
    table += booking_routes()
    table += cast_routes()
    table += public_routes()
    table += safety_routes()
    table += settings_routes()
    table += purchase_routes()
    if settings.demo:
        table.append(web.post("/demo/sign-in", demo_sign_in))
        table += [web.get(DEMO_PAY, demo_pay), web.post(DEMO_PAY, demo_act)]
        table += [
            web.get("/demo/mailbox", mailbox),
            web.get(DEMO_MAIL, demo_mail),
            web.get(f"{DEMO_MAIL}/html", demo_mail_html),
        ]
    if STATIC.is_dir():
        # Sends the .br or .gz beside a file to browsers that take it.
        table.append(web.static("/static", STATIC))
    return table


def purchase_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which points are bought, and the payment provider's own."""
    return [
        web.get("/points/buy", packs),
        web.get("/points/buy/{pack_id:[0-9]{1,19}}", confirm),
        web.get("/points/top-up", top_up),
        web.post("/points/purchases", order),
        web.get(PURCHASE, bought),
        web.get(f"{PURCHASE}/pay", pay),
        web.post("/points/card/forget", forget_card),
        web.post(WEBHOOK, webhook),
    ]


def staff_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of the staff's side, which to anyone else aren't there."""
    return [
        web.get("/staff", door.home),
        web.get("/staff/claims", claims.queue),
        web.post(f"{CLAIM}/return", claims.give_back),
        web.post(f"{CLAIM}/agree", claims.agree),
        web.post(f"{CLAIM}/send-back", claims.send_back),
        web.post(f"{CLAIM}/decline", claims.decline),
        web.get("/staff/people", people.people),
        web.get(PERSON, people.person),
        web.post(f"{PERSON}/give", people.give),
        web.post(f"{PERSON}/correct", people.correct),
        web.post(f"{PROPOSAL}/agree", people.agree),
        web.post(f"{PROPOSAL}/send-back", people.send_back),
        web.get("/staff/books", books.books),
        web.get("/staff/packs", pack_list.show_packs),
        web.post("/staff/packs/{pack_id:[0-9]{1,19}}", pack_list.change_pack),
        web.get("/staff/alarms", alarms.alarms),
        web.post("/staff/alarms/{alarm_id:[0-9]{1,19}}", alarms.mark_seen),
        web.get("/staff/mails", mails.mails),
        web.post("/staff/mails/{mail_id:[0-9]{1,19}}", mails.send_again),
        web.get("/staff/acts", acts.show_acts),
        web.get("/staff/acts/views", acts.views),
    ]
