"""What the button of a mail says: where it leads, by the address of the page."""

import re

from foundation.language import N_

FALLBACK = N_("開く")

# The first that fits counts. `#` stands for an id.
_WAYS: tuple[tuple[str, str], ...] = (
    ("/sign-up/link", N_("登録を完了する")),
    ("/sign-up", N_("新規登録へ進む")),
    ("/sign-in", N_("サインインする")),
    ("/password-reset", N_("新しいパスワードを決める")),
    ("/forgotten-password", N_("パスワードを再設定する")),
    ("/email-change", N_("メールアドレスの変更へ進む")),
    ("/guide", N_("ご利用ガイドを見る")),
    ("/contact", N_("お問い合わせへ進む")),
    ("/reservations/#", N_("予約を見る")),
    ("/requests/#", N_("リクエストを見る")),
    ("/talks/#", N_("通話を見る")),
    ("/messages/#", N_("メッセージを見る")),
    ("/letters/#", N_("内容を確認する")),
    ("/rooms/#/enter", N_("入室へ進む")),
    ("/rooms/#", N_("ルームを見る")),
    ("/points/purchases/#", N_("購入の内容を見る")),
    ("/points", N_("ポイントを見る")),
    ("/tab", N_("ご利用料金を見る")),
    ("/applications/#", N_("申し込みを見る")),
    ("/console/applications", N_("申し込みを見る")),
    ("/console/claims/#", N_("申し立てを見る")),
    ("/console/earnings", N_("報酬を見る")),
    ("/console/payouts/account", N_("口座を確認する")),
    ("/console/payouts/terms", N_("お仕事の条件を見る")),
    ("/console/payouts/#", N_("振込を見る")),
    ("/console/payouts", N_("報酬の振込を見る")),
    ("/console/identity", N_("本人確認へ進む")),
    ("/console/profile", N_("プロフィールへ進む")),
    ("/console/rooms", N_("自分のルームへ進む")),
    ("/console", N_("キャストのホームへ進む")),
    ("/settings/second-factor", N_("二段階認証の設定を見る")),
    ("/settings", N_("設定を見る")),
)
_PATTERNS = [
    (re.compile(re.escape(path).replace(r"\#", "[0-9]+") + r"(?![a-z0-9-])"), word)
    for path, word in _WAYS
]


def way_of(link: str) -> str:
    """Return the words for a link, a path of this site; in Japanese, to be translated."""
    return next((word for pattern, word in _PATTERNS if pattern.match(link)), FALLBACK)
