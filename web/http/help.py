"""What helps against a refusal: where to go, and what the way there is called."""

from aiohttp.web import Request

from foundation.errors import UserError
from foundation.language import N_, translate
from web.http.paths import aim_in, form_page
from web.http.visit import reader_locale

_OF_RESERVATIONS = (
    "own_overlap", "request_exists", "too_early", "cancel_too_late",
    "already_cancelled", "reservation_begun", "reservation_over", "reservation_unknown",
    "request_unknown", "request_answered", "wish_past", "keep_lapsed",
)  # fmt: skip

_OF_TAB = ("tab_short", "tab_overdue", "tab_closed", "bills_open")
_OF_GROUNDS = ("tab_wants", "tab_known")

HELP = {
    **dict.fromkeys(_OF_RESERVATIONS, ("/reservations", N_("予約を見る"))),
    "already_in_talk": ("/talks/%(talk_id)s", N_("通話に戻る")),
    "already_in_call": ("/calls/%(call_id)s", N_("お電話の画面へ")),
    "room_by_telephone": ("/", N_("ほかのルームを見る")),
    "telephone_away": ("/", N_("ほかのルームを見る")),
    "telephone_busy": ("/", N_("ほかのルームを見る")),
    "own_standby_open": ("/console", N_("待機の画面へ")),
    "own_room": ("/console", N_("待機の画面へ")),
    "room_busy": ("/", N_("ほかのルームを見る")),
    "room_rung": ("/", N_("ほかのルームを見る")),
    "room_open_now": ("/rooms/%(room_id)s/enter", N_("入室へ進む")),
    "application_unknown": ("/", N_("ほかのルームを見る")),
    "application_answered": ("/console/applications", N_("申し込みの一覧へ")),
    "already_ringing": ("/console/applications", N_("申し込みの一覧へ")),
    "caller_in_talk": ("/console/applications", N_("申し込みの一覧へ")),
    "others_in_line": ("/console", N_("待機の画面へ")),
    "own_reservation_near": ("/console", N_("待機の画面へ")),
    "application_too_old": ("/console/applications", N_("申し込みの一覧へ")),
    "caller_gone": ("/console/applications", N_("申し込みの一覧へ")),
    "letter_unknown": ("/letters", N_("メール相談を見る")),
    "letters_off": ("/", N_("話すひとをさがす")),
    "room_turn": ("/", N_("ほかのルームを見る")),
    "room_closed": ("/", N_("ほかのルームを見る")),
    "cast_unknown": ("/", N_("ほかのルームを見る")),
    "room_unknown": ("/", N_("ほかのルームを見る")),
    "room_reserved": ("/", N_("ほかのルームを見る")),
    "reserved_for_you": ("/reservations/%(reservation_id)s/enter", N_("予約の通話に入る")),
    "room_open": ("/console", N_("待機の画面へ")),
    "room_in_talk": ("/console/rooms", N_("ルームの一覧へ")),
    "room_booked": ("/reservations?side=cast", N_("予約を見る")),
    "room_used": ("/console/rooms", N_("ルームの一覧へ")),
    "rooms_too_many": ("/console/rooms", N_("ルームの一覧へ")),
    "application_decided": ("/staff/applications", N_("応募の一覧へ")),
    "inquiry_decided": ("/staff/inquiries", N_("お問い合わせの一覧へ")),
    "own_reservation_due": ("/console", N_("待機の画面へ")),
    "identity_needed": ("/console/identity", N_("本人確認へ")),
    "payout_identity_needed": ("/console/identity", N_("本人確認へ")),
    "account_not_pending": ("/console/payouts/account", N_("振込先の口座を見る")),
    "account_changes": ("/console/payouts/account", N_("振込先の口座を見る")),
    "account_not_refused": ("/console/payouts/account", N_("振込先の口座を見る")),
    "bank_account_refused": ("/console/payouts/account", N_("振込先の口座を見る")),
    **dict.fromkeys(_OF_TAB, ("/tab", N_("ご利用限度額を見る"))),
    **dict.fromkeys(_OF_GROUNDS, ("/tab/limit", N_("後払いのはじめかた"))),
    "tab_reserved": ("/reservations", N_("予約を見る")),
    "tab_resting": ("/points/limits", N_("上限を見る")),
    "own_limit_reached": ("/points/limits", N_("上限を見る")),
    "not_confirmed": ("/sign-up/sent", N_("確認のメールをもう一度送る")),
    "second_step_over": ("/sign-in", N_("サインイン")),
    "claim_too_late": ("/contact", N_("お問い合わせ")),
    "payment_gone": ("/points/buy", N_("ポイントを購入")),
    "provider_gone": ("/points/buy", N_("ポイントを購入")),
    "no_method": ("/points/buy", N_("ポイントを購入")),
    "card_refused": ("/points/buy", N_("ポイントを購入")),
    "provider_refused": ("/contact", N_("お問い合わせ")),
    "provider_repeated": ("/points/purchases", N_("購入履歴を見る")),
}


def help_for(request: Request, error: UserError) -> dict[str, str] | None:
    """Return what helps against a refusal, as {url, text}, if anything on the site does."""
    if error.code == "points_short":
        return way(request, _way_to_buy(request, error), N_("ポイントを購入"))
    if error.code not in HELP:
        return None
    url, text = HELP[error.code]
    try:
        return way(request, url % error.params, text)
    except KeyError:  # the refusal did not say which
        return None


def _way_to_buy(request: Request, error: UserError) -> str:
    """The way to more points, and back to where they were missing."""
    needed = error.params.get("needed")
    page = request.path if request.method == "GET" else form_page(request)
    aim = aim_in({"next": page, "need": str(needed or "")})
    return f"/points/buy{aim.query}"


def way(request: Request, url: str, text: str) -> dict[str, str]:
    """Return an address with what it is called in the reader's language, as {url, text}."""
    return {"url": url, "text": translate(reader_locale(request), text)}
