"""What an expected error carries."""

from foundation.errors import ProtocolError, UserError


def test_a_user_error_keeps_what_every_door_needs() -> None:
    error = UserError("points_short", "あと%(points)sポイント必要です。", 409, points=250)
    assert (error.code, error.status, error.params) == ("points_short", 409, {"points": 250})
    assert str(error) == "points_short: あと250ポイント必要です。"


def test_a_text_without_params_may_hold_a_percent_sign() -> None:
    assert str(UserError("full", "100%です。")) == "full: 100%です。"


def test_a_protocol_error_says_its_code_alone() -> None:
    assert str(ProtocolError("bad_payload")) == "bad_payload"
