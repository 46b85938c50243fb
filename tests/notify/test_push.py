"""Notices reach the devices of those who asked for it, encrypted, signed, and nobody else."""

import base64
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import http_ece
import psycopg
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec

from foundation.database import Database
from foundation.errors import UserError
from foundation.ids import token_hash
from foundation.settings import Settings
from foundation.threads import CrowdedError
from notify import devices, inbox, push_keys, push_service
from notify.devices import MOST_DEVICES, Subscription
from notify.jobs import LaterError
from notify.push_keys import CURVE
from notify.push_service import MOST_BYTES, PushMessage
from people.sign_in import sessions
from scheduler import pushes
from scheduler.errands import Tools
from scheduler.tasks import TASKS, clockwork, work
from tests.notify.push_house import HOST, House, Phone, latest_notice, open_house, opt_in
from tests.world import new_user


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def phone() -> Phone:
    return Phone("phone-1")


@pytest.fixture
async def reader(database: Database, phone: Phone) -> int:
    """Somebody who wants to be told through a phone, on a site with its keys."""
    async with database.transaction() as tx:
        await push_keys.make(tx)
        user = await new_user(tx)
        await opt_in(tx, user, phone)
    return user


async def tell(database: Database, user: int, **given: Any) -> int:
    words: dict[str, Any] = {"kind": "test", "title": "お知らせ", "text": "本文", "link": "/points"}
    async with database.transaction() as tx:
        await inbox.tell(tx, user, **(words | given))
        return await latest_notice(tx, user)


async def waiting(database: Database) -> list[tuple[int, int]]:
    """Device and notice of every push on its way."""
    query = "SELECT args FROM procrastinate_jobs WHERE task_name = 'send_push' ORDER BY id"
    async with database.transaction() as tx:
        rows = (await tx.execute(sa.text(query))).scalars()
        return [(args["device_id"], args["notice_id"]) for args in rows]


async def deliver(
    database: Database, settings: Settings, house: House, job: tuple[int, int] | None = None
) -> None:
    device, notice = job or (await waiting(database))[-1]
    async with house.client(settings) as client:
        await pushes.deliver(settings, database, client, device, notice)


async def scalar(database: Database, query: str, **values: Any) -> Any:
    async with database.transaction() as tx:
        return await tx.scalar(sa.text(query), values)


async def test_the_phone_reads_the_notice_and_its_service_can_check_who_sent_it(
    database: Database, settings: Settings, house: House, reader: int, phone: Phone
) -> None:
    site = settings.model_copy(update={"mail_from": "ひととき <post@talk.example>"})
    notice = await tell(database, reader)
    await deliver(database, site, house)
    headers, body = house.heard[0]
    assert json.loads(phone.read(body)) == {
        "title": "お知らせ",
        "body": "本文",
        "link": "/points",
        "tag": f"notice-{notice}",
        "lang": "ja",
    }
    assert "お知らせ".encode() not in body
    assert headers["Content-Encoding"] == "aes128gcm"
    assert 0 < int(headers["TTL"]) <= 12 * 3600
    claims, key = house.claims()
    assert claims["aud"] == f"https://{HOST}"
    assert claims["sub"] == "mailto:post@talk.example"
    assert 0 < claims["exp"] - time.time() < 24 * 3600
    async with database.transaction() as tx:
        public = await push_keys.public_key(tx)
    assert base64.urlsafe_b64decode(key + "=") == public
    assert await scalar(database, "SELECT last_ok_at IS NOT NULL FROM push_subscriptions")


def test_encryption_keeps_to_the_standards_own_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8291, appendix A."""

    def read(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    sender = int.from_bytes(read("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    p256dh = (
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    )
    device = Subscription.of(f"https://{HOST}/a", p256dh, "BTBZMqHH6r4Tts7J_aSIgg")
    monkeypatch.setattr(ec, "generate_private_key", lambda _: ec.derive_private_key(sender, CURVE))
    monkeypatch.setattr("os.urandom", lambda _: read("DGv6ra1nlYgDCS1FRnbzlw"))
    plain = b"When I grow up, I want to be a watermelon"
    assert push_service.encrypted(plain, device) == read(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


async def test_the_clocks_worker_sends_what_waits_and_tries_again(
    database: Database,
    settings: Settings,
    house: House,
    reader: int,
    phone: Phone,
) -> None:
    async def keep(_: object) -> None: ...

    house.status = 503
    notice = await tell(database, reader)
    async with house.client(settings) as client:
        await work(clockwork(Tools(settings, database, keep, client), lines=()), until_idle=True)
    assert len(house.heard) == 1
    assert len(await waiting(database)) == 1
    house.status = 201
    query = "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE task_name = 'send_push'"
    async with database.transaction() as tx:
        await tx.execute(sa.text(query))
    async with house.client(settings) as client:
        await work(clockwork(Tools(settings, database, keep, client), lines=()), until_idle=True)
    assert [json.loads(phone.read(body))["tag"] for _, body in house.heard] == [
        f"notice-{notice}"
    ] * 2
    assert await waiting(database) == []


async def test_a_notice_goes_to_every_device_of_its_reader_and_to_no_other(
    database: Database, reader: int
) -> None:
    async with database.transaction() as tx:
        await opt_in(tx, reader, Phone("phone-2"))
        other = await new_user(tx)
        await opt_in(tx, other, Phone("phone-3"))
    notice = await tell(database, reader)
    assert [told for _, told in await waiting(database)] == [notice, notice]
    assert len({device for device, _ in await waiting(database)}) == 2


async def test_what_is_rolled_back_is_pushed_to_nobody(database: Database, reader: int) -> None:
    try:
        async with database.transaction() as tx:
            await inbox.tell(tx, reader, kind="test", title="A", text="B")
            raise KeyError
    except KeyError:
        pass
    assert await waiting(database) == []


async def test_without_mail_a_notice_is_pushed_and_not_mailed(
    database: Database, reader: int
) -> None:
    await tell(database, reader, mail=False)
    assert len(await waiting(database)) == 1
    assert await scalar(database, "SELECT count(*) FROM mails") == 0
    await tell(database, reader)
    assert await scalar(database, "SELECT count(*) FROM mails") == 1


@pytest.mark.parametrize("status", [404, 410])
async def test_a_device_that_is_gone_is_forgotten(
    database: Database, settings: Settings, house: House, reader: int, status: int
) -> None:
    house.status = status
    await tell(database, reader)
    await deliver(database, settings, house)
    assert await scalar(database, "SELECT count(*) FROM push_subscriptions") == 0
    await tell(database, reader)
    assert len(await waiting(database)) == 1


async def test_a_service_that_is_busy_is_asked_again_when_it_likes(
    database: Database, settings: Settings, house: House, reader: int
) -> None:
    house.status, house.headers = 429, {"Retry-After": "600"}
    await tell(database, reader)
    before = await scalar(database, "SELECT clock_timestamp()")
    with pytest.raises(LaterError) as later:
        await deliver(database, settings, house)
    assert 600 <= (later.value.at - before).total_seconds() < 660
    assert await scalar(database, "SELECT count(*) FROM push_subscriptions") == 1


async def test_a_device_that_takes_nothing_for_long_is_forgotten(
    database: Database, settings: Settings, house: House, reader: int
) -> None:
    async def swept() -> int:
        async with database.transaction() as tx:
            return await devices.sweep(tx, 30, 10)

    async def fail() -> None:
        house.status = 503
        await tell(database, reader)
        with pytest.raises(LaterError):
            await deliver(database, settings, house)

    async def age(days: int) -> None:
        async with database.transaction() as tx:
            moved = ", ".join(f"{c} = {c} - :days" for c in ("failing_since", "failed_at"))
            query = sa.text(f"UPDATE push_subscriptions SET {moved}")
            await tx.execute(query, {"days": timedelta(days=days)})

    await fail()
    await age(31)
    # One failure is none that lasts, however long ago.
    assert await swept() == 0
    await fail()
    house.status = 201
    await tell(database, reader)
    await deliver(database, settings, house)
    assert await swept() == 0
    await fail()
    await age(31)
    await fail()
    assert await swept() == 1


async def test_who_has_no_place_here_is_no_failure_of_the_service(
    database: Database, settings: Settings, house: House, reader: int
) -> None:
    await tell(database, reader)
    (job,) = await waiting(database)
    full = AsyncMock()
    full.send.side_effect = CrowdedError
    with pytest.raises(LaterError):
        await pushes.deliver(settings, database, full, *job)
    failing = "SELECT count(*) FROM push_subscriptions WHERE failed_at IS NOT NULL"
    assert await scalar(database, failing) == 0
    house.status = 503
    with pytest.raises(LaterError):
        await deliver(database, settings, house, job)
    assert await scalar(database, failing) == 1


async def test_each_wait_is_longer_than_the_last(
    database: Database, settings: Settings, house: House, reader: int
) -> None:
    house.status, waits = 503, []
    await tell(database, reader)
    for aged in (0, 120, 900):
        await _age(database, aged)
        before = await scalar(database, "SELECT clock_timestamp()")
        with pytest.raises(LaterError) as later:
            await deliver(database, settings, house)
        waits.append((later.value.at - before).total_seconds())
    assert waits == sorted(waits)
    assert waits[0] >= 15
    assert waits[2] > 900


async def _age(database: Database, seconds: float) -> None:
    async with database.transaction() as tx:
        query = "UPDATE notices SET created_at = created_at - :s * interval '1 s'"
        await tx.execute(sa.text(query), {"s": seconds})


async def test_a_service_that_cannot_be_reached_is_tried_again(
    database: Database, settings: Settings, house: House, reader: int
) -> None:
    await tell(database, reader)
    house.port = 1
    with pytest.raises(LaterError):
        await deliver(database, settings, house)


async def test_a_message_that_is_refused_for_good_is_given_up_and_the_device_kept(
    database: Database, settings: Settings, house: House, reader: int
) -> None:
    house.status = 413
    await tell(database, reader)
    await deliver(database, settings, house)
    assert await scalar(database, "SELECT count(*) FROM push_subscriptions") == 1


@pytest.mark.parametrize(("kind", "seconds"), [("turn", 61), ("online", 601), ("test", 43_201)])
async def test_news_that_has_become_stale_is_not_sent(
    database: Database, settings: Settings, house: House, reader: int, kind: str, seconds: int
) -> None:
    await tell(database, reader, kind=kind)
    await _age(database, seconds)
    await deliver(database, settings, house)
    assert house.heard == []


async def test_what_was_read_in_the_inbox_is_not_sent_any_more(
    database: Database, settings: Settings, house: House, reader: int
) -> None:
    await tell(database, reader)
    async with database.transaction() as tx:
        await inbox.mark_read(tx, reader)
    await deliver(database, settings, house)
    assert house.heard == []


async def test_a_device_hears_nothing_once_its_session_is_closed(
    database: Database, settings: Settings, house: House, reader: int
) -> None:
    await tell(database, reader)
    jobs = await waiting(database)
    async with database.transaction() as tx:
        await sessions.close_all(tx, reader)
    await deliver(database, settings, house, jobs[0])
    assert house.heard == []
    assert await scalar(database, "SELECT count(*) FROM push_subscriptions") == 0


async def test_a_browser_belongs_to_who_asked_last(database: Database, phone: Phone) -> None:
    async with database.transaction() as tx:
        first, second = await new_user(tx), await new_user(tx)
        await opt_in(tx, first, phone)
        await opt_in(tx, second, phone)
        assert not await devices.has_any(tx, first)
        assert await devices.names(tx, second) == [devices.name(phone.subscription.endpoint)]
        await devices.remove(tx, first, phone.subscription.endpoint)
        assert await devices.has_any(tx, second)
        await devices.remove(tx, second, phone.subscription.endpoint)
        assert not await devices.has_any(tx, second)


async def test_the_device_added_longest_ago_makes_room(database: Database) -> None:
    phones = [Phone(f"phone-{number}") for number in range(MOST_DEVICES + 2)]
    async with database.transaction() as tx:
        user = await new_user(tx)
        for phone in phones:
            await opt_in(tx, user, phone)
        left = set(await devices.names(tx, user))
    assert left == {devices.name(phone.subscription.endpoint) for phone in phones[2:]}


ELSEWHERE = [
    "http://push.example.com/a",
    "https://localhost/a",
    "https://127.0.0.1/a",
    "https://[::1]/a",
    "https://0x7f.1/a",
    "https://2130706433/a",
    "https://printer.local/a",
    "https://db.internal/a",
    "https://push.example.com:5432/a",
    "https://me@push.example.com/a",
    "https://push.example.com./a",
    "https://push.example.com/a#b",
    "https://push.example.com/ a",
    "https://push.example.com/" + "a" * 1000,
    "https://push.example.com:x/",
    "https:///a",
    "file:///etc/passwd",
    "",
]


@pytest.mark.parametrize("endpoint", ELSEWHERE)
def test_nothing_is_ever_sent_within_the_house_or_in_the_clear(endpoint: str) -> None:
    with pytest.raises(UserError) as refused:
        Subscription.of(endpoint, *_keys(Phone("a")))
    assert refused.value.code == "push_refused"


def _keys(phone: Phone) -> tuple[str, str]:
    given = phone.subscription
    p256dh, auth = (base64.urlsafe_b64encode(key).decode() for key in (given.p256dh, given.auth))
    return p256dh.rstrip("="), auth.rstrip("=")


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [("", ""), ("AAAA", "AAAA"), ("A" * 87, "A" * 22), ("ä" * 87, "A" * 22), ("A" * 200, "A" * 22)],
)
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(UserError):
        Subscription.of(f"https://{HOST}/a", p256dh, auth)


def test_a_good_subscription_is_read_as_it_is() -> None:
    phone = Phone("a")
    read = Subscription.of(phone.subscription.endpoint, *_keys(phone))
    assert read == phone.subscription


async def test_a_redirection_is_not_followed(
    database: Database, settings: Settings, house: House, reader: int
) -> None:
    house.status, house.headers = 307, {"Location": f"https://{HOST}/elsewhere"}
    await tell(database, reader)
    with pytest.raises(LaterError):
        await deliver(database, settings, house)
    assert len(house.heard) == 1


def test_the_longest_notice_fits_into_what_every_service_takes() -> None:
    for character in ("あ", "𠮷", "\x01", '"'):
        message = PushMessage(
            character * 100, character * 300, "/" + character * 299, "t", "ja", 60
        )
        data = message.as_bytes()
        assert len(data) <= MOST_BYTES
        assert json.loads(data)["title"] == character * 100


async def test_the_keys_are_made_once_and_kept(database: Database, owner_url: str) -> None:
    async with database.transaction() as tx:
        assert await push_keys.both(tx) is None
        await push_keys.make(tx)
        first = await push_keys.both(tx)
        await push_keys.make(tx)
        assert await push_keys.both(tx) == first
    assert first is not None
    assert push_keys.point(first.private_key.public_key()) == first.public
    assert first.private.hex() not in repr(first)
    with psycopg.connect(owner_url) as owner:
        rights = owner.execute(
            "SELECT grantee, privilege_type FROM information_schema.role_table_grants"
            " WHERE table_name = 'push_keys' AND grantee <> current_user"
        ).fetchall()
    assert sorted(rights) == [("hitotoki_app", "INSERT"), ("hitotoki_app", "SELECT")]


async def test_a_site_without_keys_sends_nothing(
    database: Database, settings: Settings, house: House
) -> None:
    async with database.transaction() as tx:
        user = await new_user(tx)
        await opt_in(tx, user, Phone("a"))
    await tell(database, user)
    await deliver(database, settings, house)
    assert house.heard == []


def test_the_clock_knows_the_jobs_that_are_made_here() -> None:
    assert {"send_push", "tell_online"} <= {task.__name__ for task in TASKS}


def test_the_service_takes_nobody_elses_message() -> None:
    mine, other = Phone("a"), Phone("b")
    body = push_service.encrypted(b"x", mine.subscription)
    with pytest.raises(http_ece.ECEException):
        other.read(body)


async def test_a_session_that_is_none_takes_no_device(database: Database) -> None:
    async with database.transaction() as tx:
        user = await new_user(tx)
    async with database.engine.connect() as tx:
        with pytest.raises(sa.exc.IntegrityError):
            await devices.add(tx, user, token_hash("none"), Phone("a").subscription)
