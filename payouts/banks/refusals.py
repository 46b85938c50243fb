"""What is refused about a bank account, each refusal worded once."""

from foundation.errors import UserError
from foundation.language import N_


def identity_first() -> UserError:
    """Nobody is paid who has not shown who they are."""
    return UserError(
        "payout_identity_needed",
        N_("振込先の口座を登録する前に、本人確認をお済ませください。"),
        status=403,
    )


def company_unknown() -> UserError:
    """No company is known in whose name this cast is paid."""
    return UserError(
        "holder_company_unknown",
        N_(
            "法人名義の口座は、運営者が法人名を確認してから登録できます。"
            "お問い合わせから、法人名をお知らせください。"
        ),
        status=422,
    )


def accounts_closed() -> UserError:
    """There is no key with which an account could be sealed."""
    return UserError(
        "accounts_closed",
        N_("いまは口座を登録できません。お問い合わせから、運営者にお知らせください。"),
        status=503,
    )


def accounts_unreadable() -> UserError:
    """The key is another one than when it was sealed."""
    return UserError(
        "accounts_unreadable",
        N_("鍵が変わったため、登録されている口座を読み取れません。口座を登録しなおしてください。"),
    )


def account_changes(most: int, days: int) -> UserError:
    """Changed so often lately that it looks like somebody else's doing."""
    return UserError(
        "account_changes",
        N_("口座の変更は、%(days)s日のあいだに%(most)s回までです。日をおいてお試しください。"),
        days=days,
        most=most,
    )


def nothing_pending() -> UserError:
    """What was to be called off counts already, or was called off before."""
    return UserError(
        "account_not_pending",
        N_("取り消せる変更はありません。すでに使われているか、取り消されています。"),
    )


def not_refused() -> UserError:
    """Nothing came back since, or something that this page didn't show yet."""
    return UserError(
        "account_not_refused",
        N_("この確認は済んでいるか、内容が変わっています。口座のページをご確認ください。"),
    )


def payout_open() -> UserError:
    """A payout to this person is under way."""
    return UserError(
        "payout_open", N_("振込の手続きが終わるまで、口座は消去できません。"), status=409
    )


def bank_unknown() -> UserError:
    """No bank of Japan has this code."""
    return UserError(
        "bank_unknown",
        N_("この金融機関は一覧にありません。海外の銀行の口座には、お振込できません。"),
        status=422,
    )


def branch_unknown() -> UserError:
    """The bank has no branch of this code."""
    return UserError(
        "branch_unknown", N_("この支店は一覧にありません。選びなおしてください。"), status=422
    )


def kind_unknown() -> UserError:
    """Transfers know three kinds of accounts."""
    return UserError("account_kind", N_("口座の種類を選んでください。"), status=422)


def post_kind() -> UserError:
    """The kind is none that the 記号 can have."""
    return UserError("account_kind", N_("記号が1ではじまる口座は、普通か貯蓄です。"), status=422)


def number_malformed() -> UserError:
    """It is not one to seven digits."""
    return UserError(
        "account_number", N_("口座番号を、7桁までの数字で入力してください。"), status=422
    )


def symbol_malformed() -> UserError:
    """It is no 記号 of the post office's bank."""
    return UserError(
        "account_symbol",
        N_("記号を、1または0ではじまる5桁の数字で入力してください。"),
        status=422,
    )


def post_number_malformed() -> UserError:
    """It is no 番号 that belongs to a savings account's 記号."""
    return UserError(
        "account_post_number",
        N_("番号を、末尾の「1」まで、8桁までの数字で入力してください。"),
        status=422,
    )


def giro_number_malformed() -> UserError:
    """It is no 番号 that belongs to a giro account's 記号."""
    return UserError(
        "account_giro_number", N_("番号を、6桁までの数字で入力してください。"), status=422
    )
