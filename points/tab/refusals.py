"""What the verbs of the tab refuse: each refusal worded once."""

from foundation.errors import UserError
from foundation.language import N_


def tab_closed() -> UserError:
    """Nothing goes on the tab: the site, staff, or what happened before want it so."""
    return UserError(
        "tab_closed", N_("後払いはご利用いただけません。ポイントでのお支払いをご利用ください。")
    )


_WANTS = {
    "card": N_("後払いをはじめるには、カードの保存が必要です。"),
    "number": N_("後払いをはじめるには、電話番号の確認が必要です。"),
    "either": N_("後払いをはじめるには、カードの保存か電話番号の確認が必要です。"),
    "known": N_(
        "保存したカードか電話番号が、ほかの会員の後払いに使われているため、後払いをはじめられません。"
    ),
}


def tab_wants(wanting: str) -> UserError:
    """A first limit wants a card or a number, or what there is stands for another account's."""
    return UserError("tab_known" if wanting == "known" else "tab_wants", _WANTS[wanting])


def tab_not_taken() -> UserError:
    """The room, or the site, wants to be paid with points."""
    return UserError("tab_not_taken", N_("このルームは、後払いを受け付けていません。"))


def tab_resting() -> UserError:
    """Who rests from buying by their own choice has only the points that they have."""
    return UserError(
        "tab_resting",
        N_("購入のお休み中のため、後払いはご利用いただけません。いまあるポイントは使えます。"),
    )


def tab_overdue(yen: int) -> UserError:
    """A bill is past its day; nothing more goes on the tab until it is paid."""
    return UserError(
        "tab_overdue",
        N_(
            "お支払い期限を過ぎたご利用料金（%(yen)s円）があります。お支払いが済むまで、後払いはご利用いただけません。"
        ),
        yen=f"{yen:,}",
    )


def tab_short(needed: int, left: int) -> UserError:
    """The limit doesn't reach: `needed` yen where `left` are left of it."""
    return UserError(
        "tab_short",
        N_(
            "後払いのご利用限度額が足りません。%(needed)s円必要ですが、ご利用いただけるのはあと%(left)s円です。"
        ),
        needed=f"{needed:,}",
        left=f"{left:,}",
    )


def limit_out_of_bounds(most: int) -> UserError:
    """A limit can't be so many yen."""
    return UserError(
        "limit_out_of_bounds",
        N_("限度額は0円から%(most)s円までで入力してください。"),
        status=400,
        most=f"{most:,}",
    )


def own_tab() -> UserError:
    """Nobody decides about a tab of their own."""
    return UserError("own_tab", N_("ご自分の後払いについては、決められません。"), status=403)


def user_unknown() -> UserError:
    """There is no such member, or not any more."""
    return UserError("user_unknown", N_("この会員は見つかりません。"), status=404)


def tab_unused() -> UserError:
    """Who never paid afterwards has nothing to pay, and no account to send to."""
    return UserError(
        "tab_unused",
        N_("後払いをまだご利用になっていないため、振込先はご用意していません。"),
    )


def bill_unknown() -> UserError:
    """The bill isn't there, or isn't the asker's."""
    return UserError("bill_unknown", N_("このご利用料金は見つかりません。"), status=404)


def bill_settled() -> UserError:
    """Nothing of the bill is owed any more."""
    return UserError("bill_settled", N_("このご利用料金は、すでに精算が済んでいます。"))


def write_off_grown(owed: int, proposed: int) -> UserError:
    """More is owed of a bill by now than two were to agree to give up."""
    return UserError(
        "write_off_grown",
        N_(
            "未払いが、提案の%(proposed)s円から%(owed)s円に増えています。"
            "差し戻して、もう一度ご提案ください。"
        ),
        proposed=f"{proposed:,}",
        owed=f"{owed:,}",
    )


def bills_open(yen: int) -> UserError:
    """Somebody wants to withdraw and owes this much."""
    return UserError(
        "bills_open",
        N_("お支払いの済んでいないご利用料金（%(yen)s円）があります。先にお支払いください。"),
        yen=f"{yen:,}",
    )
