"""What may be tried: a mail, an event of a payment, a relay. Each is kept as it went."""

from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from foundation.database import Database, Tx, clock
from foundation.errors import UserError
from foundation.ids import new_token
from foundation.language import N_, translate
from foundation.settings import Settings
from media import turn_trial
from notify.outbox import Mail
from notify.senders import NOT_SENT, sender_for
from points.payments.opening import open_stripe
from points.payments.provider import Event, ProviderError
from points.payments.wire.trial import token_of
from record import opening
from record.acts import log_act
from record.opening import StepState

MAIL, EVENT, RELAY = "mail", "payment_event", "relay"
TRIALS = (MAIL, EVENT, RELAY)

SUBJECT = N_("テストメール")
TEXT = N_(
    "このメールが届いていれば、サイトからのメールの設定は完了です。\n"
    "迷惑メールに入っていたときは、送信元のドメインのSPF、DKIM、DMARCを確かめてください。"
)


async def send_mail(
    database: Database, settings: Settings, to: str, locale: str, *, actor_id: int | None
) -> None:
    """Send a mail to an address that has passed `rules.email`, now and not by the outbox."""
    if settings.smtp_url is None:
        raise UserError("no_mail_server", N_("メールサーバーがまだ設定されていません。"))
    async with database.transaction() as tx:
        now = await clock(tx)
    words = (translate(locale, SUBJECT), translate(locale, TEXT))
    mail = Mail(int(now.timestamp()), to, *words, None, now, 0)
    state: StepState = "done"
    said = to
    try:
        await sender_for(settings)(mail)
    except NOT_SENT as error:
        state, said = "failed", hidden(settings, f"{type(error).__name__}: {error}")
    await _keep(database, MAIL, state, said, actor_id)


async def ask_for_event(database: Database, settings: Settings, *, actor_id: int | None) -> None:
    """Have the payment provider send an event; `arrived` notes that it came."""
    async with open_stripe(settings) as gateway:
        if gateway is None:
            raise UserError("no_provider", N_("Stripeのキーがまだ設定されていません。"))
        token = new_token()
        # Kept before it is asked for: the event may come sooner than the answer.
        await _keep(database, EVENT, "asked", token, actor_id)
        try:
            await gateway.trial.begin(token)
        except ProviderError as error:
            said = hidden(settings, f"{error.problem}: {error.why}")
            await _keep(database, EVENT, "failed", said, actor_id, log=False)


async def arrived(tx: Tx, settings: Settings, event: Event) -> bool:
    """Note an event whose signature was checked as what was asked for; False for any other.

    One of the other kind of money is none of ours, and leaves the step as it was.
    """
    token = token_of(event)
    if token is None:
        return False
    if event.get("livemode") is settings.stripe_live:
        await opening.answer(tx, EVENT, token)
    return True


async def try_relay(database: Database, settings: Settings, *, actor_id: int | None) -> None:
    """Take a place at every TURN server, and keep how it went."""
    places = await turn_trial.try_servers(settings)
    if not places:
        raise UserError("no_relay", N_("TURNサーバーがまだ設定されていません。"))
    failed = [place for place in places if place.relay is None]
    said = ", ".join(f"{place.url} ({place.why})" for place in failed)
    state: StepState = "failed" if failed else "done"
    await _keep(database, RELAY, state, said or places[0].relay or "", actor_id)


async def _keep(
    database: Database,
    step: str,
    state: StepState,
    said: str,
    actor_id: int | None,
    *,
    log: bool = True,
) -> None:
    async with database.transaction() as tx:
        await opening.note(tx, step, state, said)
        if log:
            await log_act(tx, actor_id, "opening.try", f"opening:{step}", reason=step)


def hidden(settings: Settings, text: str) -> str:
    """Return a text without any secret of the settings that stands in it."""
    for secret in _secrets(settings):
        text = text.replace(secret, "…")
    return text


def _secrets(settings: Settings) -> Iterable[str]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, SecretStr) and one.get_secret_value():
                yield one.get_secret_value()
    smtp = settings.smtp_url.get_secret_value() if settings.smtp_url else None
    for url in (smtp, settings.redis_url, settings.database_url, settings.database_owner_url):
        yield from _passwords(url)


def _passwords(url: str | None) -> Iterable[str]:
    """Yield the password of an address, as it stands there and as it is meant."""
    if not url:
        return
    written = urlsplit(url).password
    if written:
        yield written
        yield unquote(written)
