"""What takes a mail out of the house. The console stands in until a mail server is named."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import structlog

from notify.outbox import Mail

log = structlog.get_logger(__name__)

Sender: TypeAlias = Callable[[Mail], Awaitable[None]]
"""Sends one mail, or raises whatever went wrong."""


async def to_console(mail: Mail) -> None:
    """Write a mail into the log instead of sending it."""
    log.info("mail", to=mail.to_address, subject=mail.subject, text=mail.text)
