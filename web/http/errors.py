"""Every way in which a request can fail, told once: as a page, or as JSON to a script."""

from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp.typedefs import Handler
from aiohttp.web import HTTPException, Request, Response, StreamResponse, json_response, middleware
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from foundation.errors import ProtocolError, UserError
from foundation.language import N_, translate
from foundation.threads import CrowdedError
from web.http.agreeing.needed import ask_no_more
from web.http.help import help_for, way
from web.http.keys import ARRIVAL, DATABASE, TYPED
from web.http.paths import redirect, way_back
from web.http.session import SignInNeededError, session_token
from web.http.visit import (
    VISIT,
    page,
    reader_locale,
    visit,
)

log = structlog.get_logger(__name__)

RETRY_SECONDS = 60
# What is shown again of a refused form: nothing short, which is soon typed, and nothing secret.
LEAST_TYPED = 10
NOT_TYPED = frozenset({
    "csrf", "press", "token", "credential", "code", "next", "endpoint", "keys", "start", "starts",
    "ends",
})  # fmt: skip

TITLES = {
    400: N_("受け取れませんでした"),
    401: N_("サインインが必要です"),
    403: N_("お通しできません"),
    404: N_("ページが見つかりません"),
    405: N_("その操作はできません"),
    408: N_("時間がかかりすぎました"),
    413: N_("大きすぎます"),
    415: N_("受け取れない形式です"),
    429: N_("しばらくお待ちください"),
    500: N_("申し訳ありません"),
    503: N_("ただいま混み合っています"),
}
TEXTS = {
    404: N_("アドレスが変わったか、なくなったようです。"),
    405: N_("このアドレスでは、その操作を受け付けていません。"),
    408: N_("データが届くのに時間がかかりすぎました。もう一度お試しください。"),
    413: N_("送られたデータが大きすぎます。"),
    415: N_("送られたデータの形式を読み取れません。"),
    500: N_("こちらの不具合です。操作は行われていません。少し待ってからお試しください。"),
    503: N_("少し待ってからお試しください。"),
}
UNAVAILABLE = N_(
    "サーバーの都合により、いまはご利用いただけません。操作は行われていません。"
    "復旧まで、しばらくお待ちください。"
)
MALFORMED = N_("送られたデータを読み取れませんでした。")


@middleware
async def tell_errors(request: Request, handler: Handler) -> StreamResponse:
    """Turn whatever a handler raises into an answer; its transaction is rolled back by then."""
    try:
        return await handler(request)
    except SignInNeededError as error:
        return await _to_sign_in(request, error)
    except UserError as error:
        return await _refuse(request, error)
    except ProtocolError as error:
        log.warning("web.protocol_error", code=error.code, path=request.path)
        return await _refuse(request, UserError(error.code, MALFORMED, status=400))
    except HTTPException as error:
        return await _http_error(request, error)
    except (CrowdedError, OperationalError, PoolTimeout) as error:
        # Not a bug, and it comes in thousands: one line each, without a trace.
        what = "web.crowded" if isinstance(error, CrowdedError) else "web.database_unreachable"
        log.error(what, path=request.path, error=repr(error)[:300])
        return await _refuse(request, _unreachable(request, error))
    except Exception:
        log.exception("web.bug", method=request.method, path=request.path)
        return await _refuse(request, UserError("bug", TEXTS[500], status=500))


def _unreachable(request: Request, error: Exception) -> UserError:
    """Say why nothing can be done: there is no room to write, or no database, or too many ask."""
    gone = isinstance(error, OperationalError) and error.connection_invalidated
    # Whoever could not even connect has no code of the server's.
    unheard = isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", "") is None
    if request.app[DATABASE].disk.lack() or gone or unheard:
        return UserError("unavailable", UNAVAILABLE, status=503)
    return UserError("crowded", TEXTS[503], status=503)


def wants_json(request: Request) -> bool:
    """Say whether a script asks, not a person's browser."""
    accept = request.headers.get("Accept", "")
    return "application/json" in accept and "text/html" not in accept


async def _to_sign_in(request: Request, error: SignInNeededError) -> StreamResponse:
    to_it = way(request, error.sign_in, error.text)
    if wants_json(request):
        return _as_json(request, error, {"help": to_it})
    if session_token(request) is None or not _typed(request):
        return redirect(error.sign_in)
    # A script goes on from here by itself; without one, what was typed would be gone.
    undone = UserError(error.code, error.undone, status=error.status)
    return await _error_page(request, undone, help=to_it, onward=True)


async def _refuse(request: Request, error: UserError) -> StreamResponse:
    if wants_json(request):
        found = help_for(request, error)
        return _as_json(request, error, {"help": found} if found else {})
    response = await _error_page(request, error)
    if error.status in (429, 503):
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


async def _http_error(request: Request, error: HTTPException) -> StreamResponse:
    if error.status < 400:
        raise error
    text = TEXTS.get(error.status, MALFORMED)
    code = error.reason.lower().replace(" ", "_")
    response = await _refuse(request, UserError(code, text, status=error.status))
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _as_json(request: Request, error: UserError, more: Mapping[str, Any]) -> Response:
    body: dict[str, Any] = {"code": error.code, "message": _text(request, error), **more}
    if "talk_id" in error.params:
        body["talk_id"] = error.params["talk_id"]
    return json_response(body, status=error.status)


async def _error_page(request: Request, error: UserError, **more: Any) -> Response:
    ask_no_more(request)
    values = _values(request, error) | more
    # After a bug or with the database away, the page says so without asking it who this is.
    if error.status < 500 and VISIT not in request:
        try:
            async with visit(request) as found:
                return found.page("error.html", error.status, **values)
        except (OperationalError, PoolTimeout):
            log.warning("web.error_page_without_visitor")
    if VISIT in request:
        return request[VISIT].page("error.html", error.status, **values)
    return page(request, "error.html", error.status, values)


def _values(request: Request, error: UserError) -> dict[str, Any]:
    locale = reader_locale(request)
    title = TITLES.get(error.status, TITLES[500] if error.status >= 500 else TITLES[400])
    # A refusal by a rule of the house is not "wrong": its title is friendlier than a number's.
    if error.status == 409:
        title = N_("いまはできません")
    if error.code == "agreement_needed":
        title = N_("ご確認をお願いします")
    if error.code == "unavailable":
        title = N_("ただいまご利用いただけません")
    code = request[ARRIVAL].request_id if error.status == 500 else error.code
    return {
        "status": error.status,
        "title": translate(locale, title),
        "text": _text(request, error),
        "code": code,
        "help": help_for(request, error),
        "form_page": way_back(request) if request.method == "POST" else None,
        "typed": _typed(request),
        "onward": False,
    }


def _typed(request: Request) -> list[str]:
    """Return the texts of a refused form that would be a loss to whoever typed them."""
    return [
        text
        for name, text in request.get(TYPED, {}).items()
        if len(text) >= LEAST_TYPED
        and name not in NOT_TYPED
        and "password" not in name
        and not name.startswith("shown")
    ]


def _text(request: Request, error: UserError) -> str:
    return translate(reader_locale(request), error.text, **error.params)
