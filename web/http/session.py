"""The cookies: the session of somebody signed in, and a visitor's token before that."""

from urllib.parse import quote

from aiohttp.web import Request, StreamResponse

from foundation.database import Tx
from foundation.errors import UserError
from foundation.ids import new_token
from foundation.language import N_
from foundation.settings import Settings
from people.accounts.accounts import User
from people.sign_in import sessions
from web.http.keys import ARRIVAL, NEW_VISITOR, SETTINGS, TRACES

LANGUAGE_COOKIE = "language"
LANGUAGE_SECONDS = 365 * 86_400
# The longest that browsers keep a cookie. The server ends a session sooner, when it lies unused.
SESSION_SECONDS = 400 * 86_400


class SignInNeededError(UserError):
    """A page for members; the door shows the way through the sign-in page and back.

    `undone` tells whoever sent a form that nothing of it was done.
    """

    undone = N_("もう一度サインインが必要なため、操作は行われていません。")

    def __init__(self, back: str) -> None:
        super().__init__("sign_in_needed", N_("サインインしてください。"), status=401)
        self.sign_in = f"/sign-in?next={quote(back, safe='/')}"


def cast_only() -> UserError:
    """Return the refusal of a page for casts."""
    return UserError("cast_only", N_("キャストの方だけのページです。"), status=403)


def visitor_cookie_name(settings: Settings) -> str:
    """Return the name of the cookie to which a visitor's forms are bound."""
    return "__Host-visitor" if settings.secure else "visitor"


def session_token(request: Request) -> str | None:
    """Return the session token that a request carries, whether or not it is still good."""
    return sessions.token_of(request.app[SETTINGS], request.headers.get("Cookie"))


def browser_secret(request: Request) -> str:
    """Return the token to which this browser's forms are bound: its session's, or a visitor's.

    A visitor without one gets one with this answer.
    """
    settings = request.app[SETTINGS]
    header = request.headers.get("Cookie")
    known = sessions.token_of(settings, header) or sessions.cookie_in(
        header, visitor_cookie_name(settings)
    )
    if known:
        return known
    if NEW_VISITOR not in request:
        request[NEW_VISITOR] = new_token()
    return request[NEW_VISITOR]


def set_session(response: StreamResponse, settings: Settings, token: str) -> None:
    """Sign the browser in. The visitor's token goes: forms of before are no longer good."""
    _set(response, settings, sessions.cookie_name(settings), token, seconds=SESSION_SECONDS)
    _drop(response, settings, visitor_cookie_name(settings))


def clear_session(response: StreamResponse, settings: Settings) -> None:
    """Sign the browser out."""
    _drop(response, settings, sessions.cookie_name(settings))


def device_cookie_name(settings: Settings) -> str:
    """Return the name of the cookie by which accounts of one browser are known as such."""
    return "__Host-device" if settings.secure else "device"


def device_token(request: Request) -> str | None:
    """Return this browser's own token, if it has one."""
    name = device_cookie_name(request.app[SETTINGS])
    return sessions.cookie_in(request.headers.get("Cookie"), name)


async def leave_trace(request: Request, tx: Tx, user: User | None) -> None:
    """Note where an account is used, at the end of its transaction; a visitor leaves nothing."""
    if user is None:
        return
    address, device = request[ARRIVAL].address, device_token(request)
    await request.app[TRACES].note(tx, request.app[SETTINGS], user.id, address, device)


def keep_device(response: StreamResponse, request: Request) -> None:
    """Let a browser that signs in be known again; one that is known stays so."""
    settings = request.app[SETTINGS]
    token = device_token(request) or new_token()
    _set(response, settings, device_cookie_name(settings), token, seconds=SESSION_SECONDS)


def set_visitor(response: StreamResponse, settings: Settings, token: str) -> None:
    """Let a visitor's forms be told from forms of other sites, until the browser is closed."""
    _set(response, settings, visitor_cookie_name(settings), token, seconds=None)


def set_language(response: StreamResponse, settings: Settings, locale: str) -> None:
    """Remember a visitor's language for a year."""
    _set(response, settings, LANGUAGE_COOKIE, locale, seconds=LANGUAGE_SECONDS)


def _set(
    response: StreamResponse, settings: Settings, name: str, value: str, *, seconds: int | None
) -> None:
    response.set_cookie(
        name,
        value,
        path="/",
        max_age=seconds,
        httponly=True,
        secure=settings.secure,
        samesite="Lax",
    )


def _drop(response: StreamResponse, settings: Settings, name: str) -> None:
    # A `__Host-` cookie can only be replaced by one that has its attributes.
    response.del_cookie(name, path="/", httponly=True, secure=settings.secure, samesite="Lax")
