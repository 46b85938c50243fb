"""The list itself, and how it is walked: every wait has an end, and no check keeps another."""

import asyncio
from dataclasses import dataclass

import structlog

from foundation.database import Database
from foundation.errors import UserError
from foundation.language import N_
from foundation.log import note_failure
from foundation.settings import Settings
from readiness import contents, ground, services, site, trials
from readiness.findings import Check, Checks, Finding, Surroundings, broken
from record import opening
from record.acts import reason_of

log = structlog.get_logger(__name__)

CHECK_SECONDS = 10
OPEN = "open"

CHECKS: Checks = (
    Check("public_url", "site", N_("サイトのアドレス"), site.public_address),
    Check("secret_key", "site", N_("封をする鍵"), site.secret_key, must=True),
    Check("database", "ground", N_("データベース"), ground.database, must=True),
    Check("migrations", "ground", N_("データベースの版"), ground.migrations, must=True),
    Check("rights", "ground", N_("帳簿の権限"), ground.rights, must=True),
    Check("disk", "ground", N_("ディスクの空き"), ground.room, must=True),
    Check("clock", "ground", N_("時計"), ground.clocks, must=True),
    Check("redis", "ground", N_("プロセス間の連絡"), site.several_processes),
    Check("mail", "mail", N_("メール"), services.mail_server, must=True, tries=trials.MAIL),
    Check("payment_keys", "money", N_("Stripeのキー"), services.payment_keys),
    Check(
        "payment_event", "money", N_("Stripeからの通知"), services.payment_event, tries=trials.EVENT
    ),
    Check("relay", "talks", N_("中継（TURN）"), services.relay, tries=trials.RELAY),
    Check("media", "talks", N_("通話を運ぶプロセス"), services.media_processes),
    Check("telephone", "talks", N_("電話回線"), services.telephone),
    Check("recordings", "talks", N_("録画のフォルダー"), site.recordings),
    Check("packs", "offers", N_("ポイント商品"), contents.packs_on_sale, must=True),
    Check("categories", "offers", N_("カテゴリー"), contents.categories_in_use, must=True),
    Check("seller", "law", N_("特定商取引法に基づく表記"), contents.seller, must=True),
    Check("terms", "law", N_("規約とプライバシー"), contents.terms, must=True),
    Check(
        contents.TELECOM,
        "law",
        N_("電気通信事業の届出"),
        contents.telecom,
        must=True,
        tries=contents.TELECOM,
    ),
    Check("receipts", "law", N_("領収書"), contents.receipts),
    Check("backups", "care", N_("バックアップ"), ground.backups),
)


@dataclass(frozen=True)
class CheckLine:
    """One check and what it found."""

    check: Check
    finding: Finding

    @property
    def hinders(self) -> bool:
        """Whether the site can't be opened like this."""
        state = self.finding.state
        return state == "broken" or (self.check.must and state == "todo")


async def walk(look: Surroundings, checks: Checks = CHECKS) -> list[CheckLine]:
    """Make every check, all at once, and return their lines in the order of the list."""
    found = await asyncio.gather(*(_made(check, look) for check in checks))
    return [CheckLine(check, finding) for check, finding in zip(checks, found, strict=True)]


async def _made(check: Check, look: Surroundings) -> Finding:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check.look(look)
    except TimeoutError:
        return broken(
            N_("%(seconds)s秒待っても、調べ終わりませんでした。"),
            N_("しばらくしてからもう一度試し、続くときはログを確かめてください。"),
            seconds=CHECK_SECONDS,
        )
    except Exception as error:
        note_failure(log, "readiness.check_failed", error, check=check.key)
        return broken(
            N_("調べている途中でエラーになりました（%(why)s）。"),
            N_("ログを確かめてください。"),
            why=type(error).__name__,
        )


async def look_at(settings: Settings, database: Database, newest: str | None) -> Surroundings:
    """Return what the checks of a site look at, with what was tried and ticked there."""
    async with database.transaction() as tx:
        steps = await opening.steps(tx)
    return Surroundings(settings, database, newest, steps)


async def open_to_all(look: Surroundings, reason: str, *, actor_id: int) -> None:
    """Open the site to everyone, once nothing hinders it.

    Raises UserError `not_ready` (409), and `reason_needed` (400).
    """
    assert look.database
    why = reason_of(reason)
    lines = await walk(look)
    if any(line.hinders for line in lines):
        raise UserError(
            "not_ready", N_("まだ準備の終わっていない項目があります。一覧を確かめてください。")
        )
    async with look.database.transaction() as tx:
        await opening.open_site(tx, why, actor_id=actor_id)
