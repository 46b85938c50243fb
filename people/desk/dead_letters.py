"""The dead letters, as staff send them again."""

from foundation.database import Tx
from notify import outbox
from notify.outbox import Mail
from record.acts import log_act


async def send_again(tx: Tx, mail_id: int, actor_id: int) -> Mail:
    """Have a mail that was given up tried again from the beginning, and log who wanted it.

    Raises UserError `mail_unknown` (404), also where it is not dead any more.
    """
    mail = await outbox.send_again(tx, mail_id)
    why = mail.last_error or mail.subject
    await log_act(tx, actor_id, "mail.send_again", f"mail:{mail_id}", reason=why)
    return mail
