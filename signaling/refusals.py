"""Why a socket is refused or closed, and how its page is told."""

from typing import Any

from prometheus_client import Counter

from foundation.language import N_, translate

# How long a page that is turned away waits; it scatters that, so that not all come back at once.
WAIT_MS = 20_000
TRY_AGAIN_MS = 2_000

ENDED = Counter("hitotoki_sockets_ended", "Sockets refused or closed by the site.", ["why"])

WORDS = {
    "too_many_windows": N_(
        "このサイトを開いている画面が多すぎるため、接続できません。使っていないタブやウィンドウを閉じてください。"
    ),
    "address_busy": N_(
        "お使いの回線からの接続が多すぎるため、接続できません。サインインするか、しばらくしてからお試しください。"
    ),
    "server_full": N_(
        "ただいまたいへん混み合っています。自動でつなぎ直しますので、このままお待ちください。"
    ),
}


class FullError(Exception):
    """There is no place for a socket; `code` says why, `locale` the language to say it in."""

    def __init__(self, code: str, locale: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.locale = locale


def turned_away(code: str, locale: str) -> dict[str, Any]:
    """Return what the page of a refused or closed socket is told: in words where it must wait."""
    words = WORDS.get(code)
    return {
        "code": code,
        "message": translate(locale, words) if words else "",
        "wait_ms": WAIT_MS if words else TRY_AGAIN_MS,
    }
