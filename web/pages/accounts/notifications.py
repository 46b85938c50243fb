"""What the member is told by mail and by web push, by what it is about."""

from aiohttp.web import Request, Response

from foundation.language import N_, translate
from notify import choices
from notify.tables import CHANNELS, TOPICS
from web.http.forms import flag
from web.http.keys import FORM, SETTINGS
from web.http.paths import redirect
from web.http.visit import member_transaction, reader_locale, visit

# Of each topic: what people call it, and what comes under it.
WORDS = {
    "reservations": (
        N_("予約と申し込み"),
        N_("予約、リクエスト、トークの申し込みの受け付けとお返事、変更、キャンセル、開始前のお知らせ"),
    ),
    "questions": (
        N_("メッセージ"),
        N_("通話の前の質問とお返事。同じやりとりのメールは、1時間に1通までです。"),
    ),
    "letters": (
        N_("メール相談"),
        N_("メール相談の受け付け、お返事、期限切れ。本文はお知らせやメールに載せません。"),
    ),
    "chats": (
        N_("チャット相談"),
        N_(
            "担当の決定、新しいメッセージ、指名、引き継ぎ、終了。本文はお知らせやメールに載せません。"
            "同じ相談のメッセージのメールは、1時間に1通までです。"
        ),
    ),
    "board": (
        N_("掲示板の相談への回答"),
        N_("あなたの相談に届いた回答、お礼。同じ相談のメールは、1時間に1通までです。"),
    ),
    "unanswered": (
        N_("回答を待っている掲示板の相談"),
        N_("長いあいだ、だれからも回答のない相談があること。選んだ方だけにお送りします（1時間に1通まで）。"),
    ),
    "talks": (N_("通話と申し立て"), N_("申し立ての結果")),
    "points": (
        N_("ポイントの期限と購入、報酬の振込"),
        N_("期限が近いポイントのお知らせ、キャストの報酬の振込の申請と結果。購入や付与、訂正の記録は、メールでもかならずお送りします。"),
    ),
    "favourites": (
        N_("お気に入り"),
        N_("お気に入りのキャストがオンラインになったこと"),
    ),
    "calls": (
        N_("入室と順番"),
        N_("お客様の入室（通話の画面を開いていないとき）、順番がきたこと、申し込んだキャストからの呼び出し、待っているキャストの休憩。すぐに終わるため、メールは選んだ方だけにお送りします。"),
    ),
    "day": (
        N_("1日のまとめ（キャスト）"),
        N_("お知らせすることがあった日の終わりに、その日の報酬、通話、次の予約をお送りします。"),
    ),
}  # fmt: skip
# What only casts are told, and what only on a site with a board.
OF_CASTS = ("day",)
OF_BOARD = ("board", "unanswered")


async def show_notifications(request: Request) -> Response:
    """Show what the member wants to be told, and how."""
    async with visit(request) as v:
        user = v.member()
        chosen = await choices.of(v.tx, user.id)
        locale = reader_locale(request)
        return v.page(
            "notifications.html",
            topics=[
                (topic, *(translate(locale, word) for word in WORDS[topic]))
                for topic in TOPICS
                if (user.is_cast or topic not in OF_CASTS)
                and (v.settings.board or topic not in OF_BOARD)
            ],
            chosen=chosen,
            saved="saved" in request.query,
        )


async def set_notifications(request: Request) -> Response:
    """Remember what the member wants; a box without a tick is a no."""
    form = request[FORM]
    wanted = {
        (topic, channel): flag(form.get(f"{topic}-{channel}", "0"))
        for topic in TOPICS
        for channel in CHANNELS
        if request.app[SETTINGS].board or topic not in OF_BOARD
    }
    async with member_transaction(request) as (tx, user):
        await choices.choose(tx, user.id, wanted)
    return redirect("/settings/notifications?saved=1")
