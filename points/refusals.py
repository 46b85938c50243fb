"""What the verbs of points/ refuse for more than one reason's sake: each refusal worded once."""

from foundation.errors import UserError
from foundation.language import N_


def amount_out_of_bounds() -> UserError:
    """So many points can't be moved at once."""
    return UserError("amount_out_of_bounds", N_("ポイント数が正しくありません。"), status=400)


def proposal_decided() -> UserError:
    """What somebody proposed was decided before."""
    return UserError("proposal_decided", N_("この提案は、もう処理されています。"))


def proposal_second_is_first() -> UserError:
    """Nobody agrees to what they proposed themselves."""
    return UserError("proposal_second_is_first", N_("ほかのスタッフの同意が必要です。"), status=403)


def points_short(missing: int) -> UserError:
    """The user hasn't that many points: `missing` more are needed."""
    return UserError("points_short", N_("%(points)sポイント足りません。"), points=missing)


def points_short_to_book(needed: int, missing: int) -> UserError:
    """The caller can't pay a reservation: `missing` of `needed` points."""
    return UserError(
        "points_short",
        N_("予約には%(needed)sポイント必要です。あと%(points)sポイント足りません。"),
        needed=needed,
        points=missing,
    )


def nothing_to_return() -> UserError:
    """Nothing that was paid for the talk could go back."""
    return UserError("nothing_to_return", N_("この通話には返還できるポイントがありません。"))


def nothing_to_return_of_reservation() -> UserError:
    """Nothing that was paid for the reservation could go back."""
    return UserError("nothing_to_return", N_("この予約には返還できるポイントがありません。"))


def more_than_paid(most: int) -> UserError:
    """No more than `most` points can go back."""
    return UserError(
        "more_than_paid",
        N_("返還できるのは%(points)sポイントまでです。"),
        status=400,
        points=most,
    )
