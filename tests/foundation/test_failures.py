"""What fails where nobody can be told is said in the log: a bug with its trace, never a secret."""

import io
import sys
from types import SimpleNamespace
from typing import Any, Literal

import pytest
import structlog
from aiohttp.test_utils import make_mocked_request
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from foundation.database import Database
from foundation.ids import new_token
from foundation.log import note_failure, set_up_log
from foundation.settings import Settings
from notify import outbox
from notify.jobs import LaterError
from notify.mail import Letter
from notify.outbox import Mail
from scheduler import errands
from scheduler.errands import Tools
from signaling.connections import Connections
from signaling.pushing.courtesy import courtesy
from signaling.refusals import FullError

log = structlog.get_logger(__name__)


pytestmark = pytest.mark.usefixtures("own_log")


def drawn(error: BaseException | None) -> str:
    """The trace that a log would show of an error."""
    assert error is not None
    out = io.StringIO()
    structlog.dev.plain_traceback(out, (type(error), error, error.__traceback__))
    return out.getvalue()


def mistype() -> None:
    """What a bug looks like."""
    raise AttributeError("no column of this name")


def test_a_bug_leaves_its_trace() -> None:
    with capture_logs() as lines:
        try:
            mistype()
        except AttributeError as error:
            note_failure(log, "push.failed", error, push="talks")
    (line,) = lines
    assert (line["event"], line["push"], line["log_level"]) == ("push.failed", "talks", "error")
    assert "in mistype" in drawn(line["exc_info"])


@pytest.mark.parametrize(
    "error", [OperationalError("SELECT 1", None, Exception("gone")), TimeoutError()]
)
def test_a_database_that_is_away_is_one_line(error: Exception) -> None:
    with capture_logs() as lines:
        note_failure(log, "push.failed", error)
    (line,) = lines
    assert "exc_info" not in line
    assert type(error).__name__ in line["error"]


@pytest.mark.parametrize("form", ["console", "json"])
def test_no_trace_shows_a_token(
    form: Literal["console", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    token = new_token()
    set_up_log(form)
    try:
        try:
            raise ValueError(f"no session {token}")
        except ValueError as first:
            raise RuntimeError(f"/calendar/{token}.ics") from first
    except RuntimeError as error:
        note_failure(structlog.get_logger("a"), "calendar.failed", error)
    sys.stderr.flush()
    shown = capsys.readouterr().err
    assert "RuntimeError" in shown
    assert "no session ***" in shown
    assert token not in shown


async def test_a_push_that_fails_says_where() -> None:
    @courtesy
    async def told() -> None:
        mistype()

    with capture_logs() as lines:
        await told()
    (line,) = lines
    assert (line["event"], line["push"]) == ("push.failed", "told")
    assert "in mistype" in drawn(line["exc_info"])


def connections(known: dict[str, Any] | None = None) -> Connections:
    """The handlers of a door with these connections."""
    guard = SimpleNamespace(connections=known)
    sio = SimpleNamespace(manager=SimpleNamespace(is_connected=lambda *_: False))
    door: Any = SimpleNamespace(guard=guard, sio=sio, settings=Settings())
    return Connections(door, lambda _: SimpleNamespace(address="192.0.2.1", locale="ja"))


async def fails(*_: object) -> None:
    """What stands in for a handler with a bug."""
    mistype()


async def test_sessions_that_can_not_be_checked_say_where(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = []

    async def next_round(_: float) -> None:
        rounds.append(1)
        if len(rounds) > 1:
            raise KeyboardInterrupt

    monkeypatch.setattr("signaling.connections.asyncio.sleep", next_round)
    with capture_logs() as lines, pytest.raises(KeyboardInterrupt):
        await connections(None).watch_sessions()
    (line,) = lines
    assert line["event"] == "signaling.sessions_unchecked"
    assert "_end_signed_out" in drawn(line["exc_info"])


async def test_a_seat_that_can_not_be_left_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signaling.connections.talk_events.disconnected", fails)
    with capture_logs() as lines:
        await connections({"sid": SimpleNamespace(sid="sid", token=None)})._disconnect("sid")
    (line,) = lines
    assert line["event"] == "signaling.not_vacated"
    assert "in mistype" in drawn(line["exc_info"])


async def test_who_can_not_be_connected_is_refused_and_it_is_said_where(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handlers = connections({})
    monkeypatch.setattr(handlers, "_known", fails)
    request = make_mocked_request("GET", "/", headers={"Cookie": f"session={'t' * 43}"})
    with capture_logs() as lines, pytest.raises(FullError, match="try_again"):
        await handlers.arrive(request)
    assert len(handlers.places) == 0
    (line,) = lines
    assert line["event"] == "signaling.not_connected"
    assert "in mistype" in drawn(line["exc_info"])


@pytest.mark.parametrize("bug", [True, False])
async def test_a_bug_in_sending_a_mail_says_where_and_not_to_whom(
    bug: bool, database: Database, settings: Settings
) -> None:
    async def send(mail: Mail) -> None:
        raise (TypeError if bug else ConnectionError)(f"{mail.to_address} is no mailbox")

    async with database.transaction() as tx:
        mail_id = await outbox.post(tx, "a@test.example", Letter("x", "x", "<p>x</p>"))
    with capture_logs() as lines, pytest.raises(LaterError):
        await errands.send_mail(Tools(settings, database, send), mail_id)
    (line,) = [line for line in lines if line["event"] == "mail.failed"]
    assert ("in send" in line.get("frames", "")) is bug
    assert "a@test.example" not in str(line)
