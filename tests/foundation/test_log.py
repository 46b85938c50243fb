"""What a log line shows, and what it never shows."""

import json
import logging
from typing import Literal

import pytest
import structlog

from foundation.ids import new_token
from foundation.log import MOST_A_MINUTE, MOST_KINDS, Bound, hide_secrets, set_up_log

pytestmark = pytest.mark.usefixtures("own_log")


def test_a_json_line_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_log("json")
    structlog.get_logger("a").info("talk.ended", talk_id=5, name="ゆき")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["talk_id"], line["name"]) == ("talk.ended", 5, "ゆき")
    assert line["level"] == "info"


def test_lines_of_libraries_have_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_log("json")
    logging.getLogger("library").warning("careful: %s", "x")
    assert json.loads(capsys.readouterr().err)["event"] == "careful: x"


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_trace_does_not_show_what_variables_held(
    form: Literal["console", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    def sign_in(password: str) -> None:
        raise RuntimeError(f"refused after {len(password)} characters")

    set_up_log(form)
    try:
        sign_in("hush-hush")
    except RuntimeError:
        structlog.get_logger("a").exception("sign_in.failed")
    shown = capsys.readouterr().err
    assert "refused after 9 characters" in shown
    assert "def sign_in" not in shown
    assert "'hush-hush'" not in shown.replace('sign_in("hush-hush")', "")


@pytest.mark.parametrize("key", ["password", "token", "cookie", "secret"])
def test_values_that_are_secret_are_hidden(key: str) -> None:
    assert hide_secrets(None, "info", {key: "hush", "event": "x"}) == {key: "***", "event": "x"}


def test_a_token_is_hidden_wherever_it_stands() -> None:
    token = new_token()
    said = {"event": f"GET /calendar/{token}.ics", "path": f"/x?token={token}&next=/"}
    shown = hide_secrets(None, "info", dict(said))
    assert token not in str(shown)
    assert shown["path"] == "/x?token=***&next=/"


def test_what_is_no_token_stays_as_it_is() -> None:
    said = {"event": "a" * 42, "digest": "f" * 64, "count": 43}
    assert hide_secrets(None, "info", dict(said)) == said


def test_of_one_kind_so_many_lines_are_written_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_log("json")
    stranger, staff = structlog.get_logger("a"), logging.getLogger("library")
    for number in range(MOST_A_MINUTE * 3):
        stranger.warning("webhook.refused", number=number)
        staff.warning("from %s", f"192.0.2.{number}")
    stranger.error("talk.failed")
    events = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert events.count("webhook.refused") == MOST_A_MINUTE
    assert sum(event.startswith("from ") for event in events) == MOST_A_MINUTE
    assert events[-1] == "talk.failed", "other lines go on"


def test_the_next_minute_says_what_was_left_out_and_begins_anew() -> None:
    now = 1000.0
    bound = Bound(lambda: now)
    line = logging.makeLogRecord({"msg": {"event": "webhook.refused"}})
    assert sum(bound(line) for _ in range(MOST_A_MINUTE + 7)) == MOST_A_MINUTE
    now += 61
    with structlog.testing.capture_logs() as told:
        assert bound(line)
    assert [(said["event"], said["of"], said["lines"]) for said in told] == [
        ("log.left_out", "webhook.refused", 7)
    ]


def test_kinds_without_end_are_one() -> None:
    bound = Bound()
    kinds = range(MOST_KINDS * 2)
    written = [bound(logging.makeLogRecord({"msg": f"of {number}"})) for number in kinds]
    assert sum(written) == MOST_KINDS + MOST_A_MINUTE
