"""Mails and jobs that were given up, as staff take them up again or let them be, for the log."""

from foundation.database import Tx
from notify import dead_jobs, outbox
from notify.outbox import Mail
from record.acts import log_act, reason_of


async def send_again(tx: Tx, mail_id: int, actor_id: int) -> Mail:
    """Have a mail that was given up tried again from the beginning, and log who wanted it.

    Raises UserError `mail_unknown` (404), also where it is not dead any more.
    """
    mail = await outbox.send_again(tx, mail_id)
    why = mail.last_error or mail.subject
    await log_act(tx, actor_id, "mail.send_again", f"mail:{mail_id}", reason=why)
    return mail


async def drop(tx: Tx, mail_id: int, actor_id: int, reason: str) -> None:
    """Let a mail that was given up be, for a reason, which is logged.

    Raises UserError `mail_unknown` (404), also where it is not dead any more, `reason_needed`.
    """
    why = reason_of(reason)
    # Only what is dead can be taken up again; its job then finds nothing to send.
    mail = await outbox.send_again(tx, mail_id)
    await outbox.drop(tx, mail.id)
    await log_act(tx, actor_id, "mail.drop", f"mail:{mail_id}", reason=why)


async def job_again(tx: Tx, job_id: int, actor_id: int) -> None:
    """Have a job run again. Raises UserError `job_unknown` (404)."""
    name = await dead_jobs.again(tx, job_id)
    await log_act(tx, actor_id, "job.again", f"job:{job_id}", reason=name)


async def drop_job(tx: Tx, job_id: int, actor_id: int, reason: str) -> None:
    """Let a job be, for a reason. Raises UserError `job_unknown` (404), `reason_needed` (400)."""
    why = reason_of(reason)
    name = await dead_jobs.drop(tx, job_id)
    await log_act(tx, actor_id, "job.drop", f"job:{job_id}", reason=why, job=name)
