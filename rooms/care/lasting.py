"""What no rule sweeps: what lasts (one's own, the books, safety), and what is few anyway.

And what a rule is: which tables are swept, once their rows are how old.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from foundation.database import Tx
from foundation.language import N_
from foundation.settings import Settings


@dataclass(frozen=True)
class Lasting:
    """What is never swept. `why` is for whoever wants to change that."""

    what: str
    how_long: str
    tables: tuple[str, ...]
    why: str
    days: None = None


Sweep: TypeAlias = Callable[[Tx, Settings, int, int], Awaitable[int]]
"""Deletes rows of one table: the settings, the days of its rule, and how many rows at most.

It returns how many there were; at none, nothing is left to do.
"""


def old(verb: Callable[[Tx, int, int], Awaitable[int]]) -> Sweep:
    return lambda tx, _, days, most: verb(tx, days, most)


def expired(verb: Callable[[Tx, int], Awaitable[int]]) -> Sweep:
    return lambda tx, _settings, _days, most: verb(tx, most)


@dataclass(frozen=True)
class Rule:
    """What is swept, once it is `days` old (0: once it has expired), and from which tables.

    `what` and `how_long` are texts of the catalogues, for the privacy page.
    """

    name: str
    what: str
    how_long: str
    days: int
    tables: Mapping[str, Sweep]
    hourly: bool = False


KEPT: tuple[Lasting, ...] = (
    Lasting(
        N_(
            "登録の情報、プロフィール、写真、ルーム、お気に入り、表示履歴、ブロック、"
            "お客様についてのメモ、設定、メール相談とチャット相談の設定、本人確認の結果とお名前、電話番号（暗号化して保存し、ほかの会員にはお見せしません）、"
            "電話の暗証番号（もとに戻せない形）、お名前の読み方と音声"
        ),
        N_("退会まで。退会すると、その場で消去します"),
        (
            "users", "profiles", "photos", "rooms", "room_hours", "room_tags", "room_photos",
            "licences", "favourites", "blocks",
            "notification_choices", "calendar_feeds", "totp_keys", "passkeys", "recovery_codes",
            "spending_limits", "payers", "tab_auto_pays", "room_views", "views_off",
            "identity_checks", "cast_days", "caller_notes", "telephones", "telephone_pins",
            "spoken_names", "answering_members", "letter_offers", "chat_members",
        ),
        "One's own, bounded for each account. Bare rows stay where the books refer to them.",
    ),
    Lasting(
        N_("利用規約とプライバシーポリシーへの同意の記録（どの版に、いつ）"),
        N_("退会まで。退会すると、その場で消去します"),
        ("text_agreements",),
        "A row for each version that somebody agreed to, and gone with them.",
    ),
    Lasting(
        N_(
            "ポイントとお支払いの記録、後払いのご利用限度額とご請求、"
            "通話と予約、メール相談、チャット相談の記録（相手、日時、料金）、申し立て"
        ),
        N_(
            "帳簿として、法令で定められた期間（7年から10年）が過ぎるまで。"
            "退会したあとは、お名前のわからない形で残ります"
        ),
        (
            "wallets", "coupon_uses", "transfers", "holds", "lots", "lot_moves", "lot_uses",
            "lot_backs",
            "charges", "charge_returns", "purchases", "checkouts", "payment_events", "refunds",
            "disputes", "adjustments", "tab_orders", "tab_order_bills", "tab_accounts",
            "tab_takings", "tab_moves", "tab_money_back", "tab_receipts", "claims", "talks",
            "talk_spans", "calls", "reservations", "reservation_requests", "request_wishes",
            "claim_answers", "letters", "chats", "chat_days", "chat_sides", "chat_handovers",
            "tabs", "tab_bills", "tab_bill_lines", "tab_payments", "tab_bill_payments",
            "tab_write_offs",
        ),
        "The books, and what they were charged for: money rows are never deleted.",
    ),
    Lasting(
        N_(
            "報酬のお支払いの記録（お振込、支払通知書、源泉徴収、異議とお返事、お渡しした条件、"
            "お支払いの停止と決定、登録番号、会社名）"
        ),
        N_(
            "帳簿として、法令で定められた期間（7年から10年）が過ぎるまで。"
            "退会したあとは、お名前のわからない形で残ります（登録番号と会社名は、書類のために残ります）"
        ),
        (
            "payouts", "payout_runs", "payout_objections", "payout_profiles", "payout_stops",
            "payout_verdicts", "payout_terms", "payout_reversals", "payout_reversal_lines",
            "registration_days",
        ),
        "What was paid to whom, and what was withheld, is told to the tax office for seven years.",
    ),
    Lasting(
        N_("振込先の口座（銀行名、支店名、番号の末尾3桁のほかは、暗号化して保存します）"),
        N_(
            "退会まで。退会すると、番号と名義をその場で消去し、銀行名、支店名、末尾3桁だけが、"
            "お支払いの記録とともに残ります。退会のあとに銀行から戻った報酬をお振込するために"
            "うかがった口座の番号と名義は、9か月以内に消去します"
        ),
        ("bank_accounts",),
        "Where something was paid; the words go with the person.",
    ),
    Lasting(
        N_("評価（星、言葉、お返事、お客様についての評価）"),
        N_("退会まで。退会すると言葉をその場で消去し、星だけがお名前のわからない形で残ります"),
        ("ratings", "caller_ratings"),
        "One for each talk; the words are for those who come after, and go with who wrote them.",
    ),
    Lasting(
        N_("掲示板に書かれた相談、回答、補足、お礼と「役に立った」の印"),
        N_(
            "削除または退会まで。その場で言葉を消去し、書かれた場所と日時だけが残ります。"
            "通報のあった言葉は、審査が終わるまで、担当のスタッフだけが見られます"
        ),
        (
            "board_topics", "board_answers", "board_additions", "board_helpful",
            "board_pen_blocks",
        ),
        "What all may read stays as long as its writer wants; an address once given stays.",
    ),
    Lasting(
        N_("会員についてのスタッフのメモ"),
        N_("退会まで。退会すると、その場で消去します"),
        ("staff_notes",),
        "What staff tell each other about a member goes with the member.",
    ),
    Lasting(
        N_("通報、利用の停止、スタッフの操作の記録"),
        N_("安全のために、期限を定めずに保存します"),
        ("reports", "board_reports", "sanctions", "staff_acts"),
        "Who harms others comes back after years; what staff did stays written.",
    ),
)  # fmt: skip

BOUNDED: Mapping[str, str] = {
    "due_decisions": "one row for each decision of the last seconds; the ticker carries it out",
    "case_owners": "one row at most for each claim and report; a decision deletes it",
    "push_keys": "one row: the site's own key",
    "clock_watch": "one row",
    "site_opening": "one row",
    "opening_steps": "one row for each step that can be tried or ticked",
    "call_news": "taken away within seconds, by whoever tells it to browsers",
    "telephone_gateways": "one row for each process with a line; who starts deletes those gone",
    "media_hosts": "one row for each media process; who starts deletes those long gone",
    "recording_consents": "two rows at most for each recording, and gone with it",
    "question_sides": "two rows for each thread of questions, and gone with it",
    "chat_photos": "four at most for each message of a chat, and gone with it",
    "packs": "what staff offer",
    "coupons": "what staff offer, some a year",
    "bank_lists": "what an operator stored, a few a year",
    "selling_rules": "one row for each change of who sells",
    "rating_means": "one row for each cast who was rated, and gone with them",
    "cast_digits": "nine thousand at most; who goes leaves none of their own",
    "site_texts": "what an operator saved of the site's own texts, some a year",
    "mail_frames": "one row a language",
    "room_categories": "what staff offer to choose from, 60 at most",
    "help_lines": "what staff keep, 20 a language at most",
    "site_particulars": "one row a kind",
    "site_pictures": "an icon and a logo, each in a few sizes",
    "board_words": "one row for each topic that has words, and gone with them",
    "standbys": "one row for each cast who stands by now",
    "pauses": "one row for each cast who rests now; the ticker ends them",
    "waiting_turns": "one row for each who waits now; turns lapse",
    "waiting_misses": "for some minutes; the ticker forgets them",
    "room_search": "one row for each published room; goes when it isn't public any more",
    "room_words": "one row for each published room, beside the other",
    "room_search_due": "a row for each change; taken away within seconds",
    "reserved_people": "two rows for each reservation that is to come, kept by a trigger",
    "procrastinate_events": "goes with its job",
    "procrastinate_periodic_defers": "the last run of each line; each run deletes those before",
    "procrastinate_workers": "one row for each process; silent ones are pruned by the others",
}
