"""The addresses that are about no account, room or point."""

from aiohttp import web

from web.api.domain_file import DOMAIN_FILE, domain_file
from web.api.health import healthz
from web.api.metrics import metrics
from web.http.paths import number
from web.pages.points import demo_pay
from web.pages.site import (
    check,
    contact,
    demo,
    guide,
    inbox,
    installed,
    language,
    mailbox,
    offer,
    offline,
    own_look,
    push_devices,
    reading,
    ring,
)
from web.pages.site.texts import agreement, public

DEMO_PAY = f"/demo/pay/{number('purchase_id')}"
OWN_LOOK = f"/site/{number('version')}"
DEMO_MAIL = f"/demo/mailbox/{number('mail_id')}"


def site_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of the front page, of what the site tells, and for machines."""
    return [
        web.get("/inbox", inbox.show_inbox),
        web.post("/inbox/read", inbox.read_all),
        web.post(f"/inbox/{number('notice_id')}", inbox.open_notice),
        web.get("/ring", ring.ring),
        web.get("/push/devices", push_devices.show_push_devices),
        web.post("/push/devices", push_devices.add_device),
        web.post("/push/devices/remove", push_devices.remove_device),
        web.get("/worker.js", installed.worker),
        web.get("/offline", offline.offline),
        web.get(f"{OWN_LOOK}/look.css", own_look.style),
        web.get(f"{OWN_LOOK}/logo.webp", own_look.logo),
        web.get(f"{OWN_LOOK}/share-{{locale:ja|en}}.jpg", own_look.share),
        web.get(f"{OWN_LOOK}/{{file:icon-[a-z0-9]+\\.png}}", own_look.icon),
        web.get("/manifest.webmanifest", installed.manifest),
        web.post("/language", language.choose_language),
        web.get("/healthz", healthz),
        web.get("/metrics", metrics),
        web.get(DOMAIN_FILE, domain_file),
        *reading_routes(),
    ]


def reading_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of the pages to read, of the check, and of writing to the staff."""
    return [
        web.get("/guide", guide.guide),
        web.get("/guide/casts", guide.casts_guide),
        web.get("/offer", offer.offer),
        web.get("/faq", reading.faq),
        web.get("/check", check.show_check),
        web.post("/check/turn", check.turn),
        web.get("/prices", reading.prices),
        web.get("/terms", reading.terms),
        web.get("/privacy", reading.privacy),
        web.get("/legal", reading.legal),
        web.get(
            f"/{{text_name:terms|privacy}}/versions/{number('version_number')}", public.show_version
        ),
        web.get("/agreement", agreement.show_agreement),
        web.post("/agreement", agreement.agree),
        web.get("/contact", contact.show_contact),
        web.post("/contact", contact.contact),
    ]


def demo_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses that are there on a demo site only."""
    return [
        web.post("/demo/sign-in", demo.demo_sign_in),
        web.get(DEMO_PAY, demo_pay.demo_pay),
        web.post(DEMO_PAY, demo_pay.demo_act),
        web.get("/demo/mailbox", mailbox.mailbox),
        web.get(DEMO_MAIL, mailbox.demo_mail),
        web.get(f"{DEMO_MAIL}/html", mailbox.demo_mail_html),
    ]
