"""Which calls a gateway has open, in a file that outlives it (`telephone/trunk/orphans.py`).

Each change is one short line, written at once, so that a `kill -9` leaves it whole; what is over is
blanked out in its place. A line holds what is needed to cancel, refuse or hang up a call, and no
credentials. While it rings that is the other's number, for a CANCEL has to repeat the request. Once
it is up, it is at most in the address at which the other side itself wants to be written to.
"""

import fcntl
import json
import os
import re
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, Self

from telephone.trunk.messages import SipMessage
from telephone.trunk.trace import Traced

# After so many bytes, and four times of what was open then, the file is written anew.
LONGEST_FILE = 64 * 1024
MOST_INVITES = 1000
# Whose the tag is that names a call's other side is nobody's business (RFC 3261, 12.2.1.1).
NOBODY = "<sip:anonymous@anonymous.invalid>"
# A BYE that nobody has answered for so long will never be (RFC 3261, timer F).
FORGOTTEN_SECONDS = 40


_TAG = re.compile(r";\s*tag=[^;\s>]+")


@dataclass(frozen=True)
class Dialog:
    """A call that is open: `asked` by us, `rung` by the other side, or `up`."""

    call_id: str
    state: Literal["asked", "rung", "up"]
    transport: str
    local: str
    peer: str
    # The request's address for us to write to, our side's and the other's, the route between.
    target: str
    us: str
    them: str
    route: tuple[str, ...]
    sequence: int
    # Of the INVITE: what a CANCEL or a refusal has to repeat.
    vias: tuple[str, ...] = ()


def _without_number(address: str) -> str:
    """Return an address of From or To as its tag alone."""
    tag = _TAG.search(address)
    return NOBODY + (tag[0] if tag else "")


def _up(dialog: Dialog) -> Dialog:
    return replace(dialog, state="up", vias=(), them=_without_number(dialog.them))


def _asked(seen: Traced) -> Dialog:
    message = seen.message
    return Dialog(
        seen.call_id, "asked", seen.transport, seen.local, seen.peer,
        target=message.first.split(" ")[1], us=message.head("from"), them=message.head("to"),
        route=tuple(message.heads("route")), sequence=message.sequence,
        vias=tuple(message.heads("via")[:1]),
    )  # fmt: skip


def _rung(seen: Traced, invite: SipMessage) -> Dialog:
    answer = seen.message
    return Dialog(
        seen.call_id, "rung", seen.transport, seen.local, seen.peer,
        target=invite.contact, us=answer.head("to"), them=answer.head("from"),
        route=tuple(invite.heads("record-route")), sequence=answer.sequence,
        vias=tuple(answer.heads("via")),
    )  # fmt: skip


def _answered(seen: Traced) -> Dialog:
    # Our ACK says all that a BYE needs: where to, by which route, with both tags.
    return _up(_asked(seen))


def _opened(path: Path) -> int:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise
    return file


class Dialogs:
    """The open calls of one gateway, and the file of them, which it holds locked while it lives."""

    def __init__(self, path: Path) -> None:
        """Take the file; raises BlockingIOError while another process holds it."""
        self._path, self._file = path, _opened(path)
        self._longest, self._end = LONGEST_FILE, os.fstat(self._file).st_size
        # Where in the file the line of a call stands, and how long it is.
        self._lines: dict[str, tuple[int, int]] = {}
        if self._end:
            # Its last line may have been cut.
            self._end += os.pwrite(self._file, b"\n", self._end)
        self._open: dict[str, Dialog] = {}
        self._invites: dict[str, SipMessage] = {}
        self._leaving: dict[str, float] = {}

    def see(self, seen: Traced) -> None:
        """Note what a message changes."""
        message, call_id = seen.message, seen.call_id
        if message.method == "INVITE" and message.code == 0:
            self._invited(seen)
        elif message.method == "INVITE":
            self._responded(seen)
        elif message.method == "ACK" and seen.way == "TX":
            known = self._open.get(call_id)
            if known is not None and known.state == "asked":
                self._keep(_answered(seen))
        elif message.method == "BYE":
            self._left(seen)
        self._forget_left()

    def _invited(self, seen: Traced) -> None:
        known = self._open.get(seen.call_id)
        if known is not None and known.state == "up":
            return
        if seen.way == "TX":
            self._keep(_asked(seen))
        else:
            self._invites[seen.call_id] = seen.message
            if len(self._invites) > MOST_INVITES:
                del self._invites[next(iter(self._invites))]

    def _responded(self, seen: Traced) -> None:
        code, call_id = seen.message.code, seen.call_id
        known, invite = self._open.get(call_id), self._invites.get(call_id)
        if known is not None and known.state == "up":
            return
        if code >= 300:
            self._over(call_id)
        elif seen.way == "TX" and invite is not None and code > 100:
            rung = _rung(seen, invite)
            # A refusal goes back the way that the call came; to hang up wants an address.
            self._keep(replace(rung, target="") if code < 200 else _up(rung))

    def _left(self, seen: Traced) -> None:
        if seen.way == "TX" and seen.message.code == 0:
            self._leaving[seen.call_id] = time.monotonic()
        elif seen.way == "RX" and (seen.message.code == 0 or seen.message.code >= 200):
            self._over(seen.call_id)

    def _forget_left(self) -> None:
        before = time.monotonic() - FORGOTTEN_SECONDS
        for call_id in [known for known, since in self._leaving.items() if since < before]:
            self._over(call_id)

    def _keep(self, dialog: Dialog) -> None:
        if self._open.get(dialog.call_id) != dialog:
            self._open[dialog.call_id] = dialog
            before = self._lines.get(dialog.call_id)
            self._write(dialog)
            self._blank(before)

    def _over(self, call_id: str) -> None:
        self._invites.pop(call_id, None)
        self._leaving.pop(call_id, None)
        if self._open.pop(call_id, None) is not None:
            self._blank(self._lines.pop(call_id))
            if self._end > self._longest:
                self._write_anew()

    def _write(self, dialog: Dialog) -> None:
        line = (json.dumps(asdict(dialog)) + "\n").encode()
        os.pwrite(self._file, line, self._end)
        self._lines[dialog.call_id] = self._end, len(line)
        self._end += len(line)

    def _blank(self, line: tuple[int, int] | None) -> None:
        """Leave nothing of a line but its end: whose call is over is nobody's business."""
        if line is not None:
            at, length = line
            os.pwrite(self._file, b" " * (length - 1), at)

    def _write_anew(self) -> None:
        # Beside the old one, and locked before it takes its name: at each moment there is one.
        old, beside = self._file, self._path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        self._file, self._end = _opened(beside), 0
        for dialog in self._open.values():
            self._write(dialog)
        self._longest = max(LONGEST_FILE, 4 * self._end)
        beside.replace(self._path)
        os.close(old)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def left_in(path: Path) -> list[Dialog]:
    """Return the calls that a file says are open; a line that was cut is left out.

    Of two lines of one call the later one counts: the other was about to be blanked.
    """
    found: dict[str, Dialog] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            told = json.loads(line)
            told["route"], told["vias"] = tuple(told["route"]), tuple(told["vias"])
            found[told["call_id"]] = Dialog(**told)
        except (ValueError, KeyError, TypeError):
            continue
    return list(found.values())
