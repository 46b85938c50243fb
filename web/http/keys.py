"""What the application and each request carry, by typed keys."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp.web import AppKey, RequestKey

from foundation.database import Database
from foundation.places import Places
from foundation.rate_limits import RateLimits
from foundation.settings import Settings
from media.recording.files import RecordingFiles
from people.sign_in.traces import TraceBook
from points.payments.offer import PayOffer
from points.payments.provider import Provider
from record.site.kept import KeptSite
from rooms.calling.practice import Practice
from web.http.forwarded import AddressWatch

SETTINGS = AppKey("settings", Settings)
DATABASE = AppKey("database", Database)
# What the operator made of the site, as this process knows it.
SITE = AppKey("site", KeptSite)
RATE_LIMITS = AppKey("limits", RateLimits)
# Who takes the money; None where nothing is sold.
PAYMENTS: AppKey[Provider | None] = AppKey("payments")

# Which ways to pay it takes; likewise.
OFFER: AppKey[PayOffer | None] = AppKey("offer")
ADDRESS_WATCH = AppKey("address_watch", AddressWatch)
# Where accounts are used, by marks that can only be compared.
TRACES = AppKey("traces", TraceBook)
# What arrives at once and bit by bit: forms and events, by address; photos, by member.
ARRIVING = AppKey("arriving", Places)
UPLOADING = AppKey("uploading", Places)
# The recordings, to be read; None where there is no key to them. Who is being sent some, by member.
RECORDINGS: AppKey[RecordingFiles | None] = AppKey("recordings")
WATCHING = AppKey("watching", Places)
# The telephones of a demo site; None where there are none to practise with.
PRACTICE: AppKey[Practice | None] = AppKey("practice")
# Photos that wait to be drawn anew, or are, by member.
DRAWING = AppKey("drawing", Places)


@dataclass(frozen=True)
class Arrival:
    """What is known of a request before anything is looked up.

    `address` is the visitor's own, seen through trusted proxies only. `locale` is what the
    browser asks for; a signed-in user's own setting comes before it.
    """

    request_id: str
    address: str
    nonce: str
    locale: str


@dataclass(frozen=True)
class Slots:
    """What stands in a page and belongs to one reader alone, though all else may be shared."""

    csrf: str
    nonce: str


ARRIVAL = RequestKey("arrival", Arrival)
# Set while a page is made that others shall get as well: what to leave in its gaps.
SLOTS = RequestKey("slots", Slots)
# A visitor's token that this answer must set as a cookie, since the browser had none.
NEW_VISITOR = RequestKey("new_visitor", str)
# Set for a page that brings Stripe's own script and frames.
WITH_STRIPE = RequestKey("with_stripe", bool)
# Set for a page with a form that leads to a page of Stripe's.
TO_STRIPE = RequestKey("to_stripe", bool)
FORM: RequestKey[Mapping[str, str]] = RequestKey("form", Mapping)
# What was typed, before it has proved to come from our own page: only ever shown again.
TYPED: RequestKey[Mapping[str, str]] = RequestKey("typed", Mapping)
# The file that came with a form, on the routes that take one.
UPLOAD = RequestKey("upload", bytes)
# The files, where a form brings several.
UPLOADS: RequestKey[list[bytes]] = RequestKey("uploads", list)
