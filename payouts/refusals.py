"""What is refused about payouts, each refusal worded once. Amounts are yen."""

from foundation.errors import UserError
from foundation.language import N_


def payout_unknown() -> UserError:
    """There is no such payout of theirs."""
    return UserError("payout_unknown", N_("この振込は見つかりません。"), status=404)


def payout_run_unknown() -> UserError:
    """There is no such run."""
    return UserError("payout_run_unknown", N_("この振込のまとまりは見つかりません。"), status=404)


def payout_way_monthly() -> UserError:
    """The site pays by the month, so nobody asks."""
    return UserError(
        "payout_way_monthly", N_("このサイトでは、毎月まとめてお振込します。申請はいりません。")
    )


def payouts_stopped(reason: str | None) -> UserError:
    """The cast's payouts are stopped, for this reason; None where a ban does it."""
    if reason is None:
        return UserError("payouts_stopped", N_("お振込は、運営者の確認が済むまで保留しています。"))
    return UserError(
        "payouts_stopped", N_("お振込を保留しています。理由：%(reason)s"), reason=reason
    )


def never_earned() -> UserError:
    """There is nothing yet that could be paid."""
    return UserError("never_earned", N_("まだ報酬がありません。"))


def no_bank_account() -> UserError:
    """No account of the cast counts yet."""
    return UserError("no_bank_account", N_("振込先の口座を登録してください。"))


def bank_account_waits(day: str) -> UserError:
    """The first account that was named counts from this moment on."""
    return UserError("bank_account_waits", N_("登録した口座は、%(day)sから使えます。"), day=day)


def bank_account_refused() -> UserError:
    """The last payout came back from the account that counts."""
    return UserError(
        "bank_account_refused",
        N_(
            "前のお振込が銀行から戻りました。口座が正しいことを確かめるか、"
            "別の口座を登録すると、申請できます。"
        ),
    )


def payout_too_early(day: str) -> UserError:
    """The first payout can be asked for from this day on."""
    return UserError("payout_too_early", N_("はじめての振込は、%(day)sから申請できます。"), day=day)


def payout_today_already() -> UserError:
    """One a day, by the day in Japan."""
    return UserError(
        "payout_today_already",
        N_("振込の申請は1日に1回です。次の申請は、明日（日本時間）からできます。"),
    )


def payout_asked_often() -> UserError:
    """They asked and called off again and again today."""
    return UserError(
        "payout_asked_often",
        N_("今日は何度も申請を取り消しています。次の申請は、明日（日本時間）からできます。"),
    )


def payout_left_lately(least: int, days: int) -> UserError:
    """Who leaves asks for a small sum once; they did so, and stayed."""
    return UserError(
        "payout_left_lately",
        N_("%(yen)s円に満たない退会前の申請は、%(days)s日に1回です。"),
        yen=f"{least:,}",
        days=days,
    )


def payout_too_little(least: int) -> UserError:
    """Less than can be asked for."""
    return UserError("payout_too_little", N_("申請できるのは%(yen)s円からです。"), yen=f"{least:,}")


def payout_too_much(most: int) -> UserError:
    """More than is payable."""
    return UserError("payout_too_much", N_("申請できるのは%(yen)s円までです。"), yen=f"{most:,}")


def payout_not_whole(payable: int) -> UserError:
    """Who leaves takes all that is payable at once."""
    return UserError(
        "payout_not_whole",
        N_("退会の前の申請は、振込できる報酬の全額（%(yen)s円）になります。"),
        yen=f"{payable:,}",
    )


def nothing_would_arrive() -> UserError:
    """The fee and the tax would take all of it."""
    return UserError(
        "nothing_would_arrive", N_("手数料などを引くと、お受け取りの金額が残りません。")
    )


def payout_under_way() -> UserError:
    """It is no longer only asked for: in a run, paid, or called off already."""
    return UserError(
        "payout_under_way",
        N_("この申請は、すでに手続きが進んでいるか、取り消されています。"),
    )


def not_paid() -> UserError:
    """There is a notice only of what was paid."""
    return UserError("payout_not_paid", N_("この振込の支払通知書はまだありません。"), status=404)


def objection_too_late() -> UserError:
    """The time to object is over."""
    return UserError(
        "objection_too_late",
        N_("お知らせいただける期間が過ぎました。お問い合わせからご連絡ください。"),
    )


def objection_made_already() -> UserError:
    """One objection a notice."""
    return UserError("objection_made_already", N_("この支払通知書には、すでにご連絡があります。"))


def objection_unknown() -> UserError:
    """Nobody objects to that payout."""
    return UserError("objection_unknown", N_("この連絡は見つかりません。"), status=404)


def objection_answered_already() -> UserError:
    """Somebody else was quicker."""
    return UserError("objection_answered_already", N_("この連絡には、すでに回答があります。"))


def not_ones_own_objection() -> UserError:
    """Staff don't answer themselves."""
    return UserError("not_ones_own", N_("ご自分の振込についての連絡には回答できません。"))


def objection_malformed(most: int) -> UserError:
    """The text is empty, or too long."""
    return UserError(
        "objection_malformed", N_("1〜%(most)s文字で入力してください。"), status=400, most=most
    )


def registration_malformed() -> UserError:
    """It isn't a T and 13 digits."""
    return UserError(
        "registration_malformed",
        N_("登録番号は、Tと13桁の数字で入力してください。"),
        status=400,
    )


def registration_miscopied() -> UserError:
    """The check digit of a company's number doesn't fit the others."""
    return UserError(
        "registration_miscopied",
        N_("登録番号の数字に誤りがあるようです。通知書と見くらべてください。"),
        status=400,
    )
