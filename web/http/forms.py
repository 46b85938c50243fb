"""What people send: small forms, read strictly, and figures that are figures."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import parse_qsl

from aiohttp.typedefs import Handler
from aiohttp.web import HTTPUnsupportedMediaType, Request

from foundation.errors import ProtocolError, UserError
from foundation.language import N_, translate
from foundation.numbers import BIGGEST, integer
from web.http.bodies import read_body

T = TypeVar("T")

# 2,000 Japanese characters take up 18,000 bytes, 1,000 pictures of a family 75,000.
MOST_BYTES = 96 * 1024
# And 4,000 characters of the longest kind, of which each is a family, some more.
MOST_LONG_BYTES = 512 * 1024
# Twice 100,000 characters of four bytes, each byte written as three.
MOST_TEXTS_BYTES = 2560 * 1024
MOST_FIELDS = 40
# Of a field of one line that goes back to who typed it.
MOST_KEPT = 2000

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def long_form(handler: Handler) -> Handler:
    """Let a handler's form bring a long text."""
    handler.takes_bytes = MOST_LONG_BYTES  # type: ignore[attr-defined]
    return handler


def whole_texts(handler: Handler) -> Handler:
    """Let a handler's form bring a whole text of the site in two languages."""
    handler.takes_bytes = MOST_TEXTS_BYTES  # type: ignore[attr-defined]
    return handler


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of an urlencoded form of at most 96 KiB, or of what a `long_form` takes.

    Raises as `read_body` does, and ProtocolError for one that no browser would send.
    """
    if request.content_type != "application/x-www-form-urlencoded":
        raise HTTPUnsupportedMediaType
    most: int = getattr(request.match_info.handler, "takes_bytes", MOST_BYTES)
    body = await read_body(request, most)
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise ProtocolError("form_malformed") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ProtocolError("form_repeats_a_field")
    return fields


def optional_integer(text: str, least: int = 0, most: int = BIGGEST) -> int | None:
    """Return a figure, or None for an empty field. Raises as `integer` does."""
    return integer(text, least, most) if text else None


def flag(text: str) -> bool:
    """Return a yes or no that the page wrote as 1 or 0. Raises ProtocolError for anything else."""
    if text not in ("0", "1"):
        raise ProtocolError("flag_malformed")
    return text == "1"


def one_line(text: str, most: int) -> str:
    """Return a short text of one line as it is. Raises UserError (400) for what can't be one."""
    if len(text) > most or _CONTROL.search(text):
        raise UserError("text_malformed", N_("入力された文字が正しくありません。"), status=400)
    return text


def needed(form: Mapping[str, str], name: str) -> str:
    """Return a field that our own pages always send. Raises ProtocolError where it is missing."""
    if name not in form:
        raise ProtocolError("form_lacks_a_field")
    return form[name]


@dataclass
class Filled:
    """A form as it was filled in: what goes back into its fields, and what is wrong with each."""

    locale: str
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def told(self, error: UserError) -> str:
        """Return a refusal in the reader's words."""
        return translate(self.locale, error.text, **error.params)

    def take_text(self, form: Mapping[str, str], name: str, rule: Callable[[str], T]) -> T | None:
        """Return a longer field as `take` does; its lines go back as they were typed."""
        taken = self.take(form, name, rule)
        # A browser sends the end of a line as two characters, and counts it as one.
        typed = needed(form, name).replace("\r\n", "\n")
        self.values[name] = "".join(c for c in typed if c == "\n" or not _CONTROL.match(c))
        return taken

    def take(self, form: Mapping[str, str], name: str, rule: Callable[[str], T]) -> T | None:
        """Return a field as `rule` wants it, or None after noting why it can't be."""
        typed = needed(form, name)
        if "password" not in name:
            self.values[name] = _CONTROL.sub("", typed)[:MOST_KEPT]
        try:
            return rule(typed)
        except UserError as error:
            self.errors[name] = self.told(error)
            return None
