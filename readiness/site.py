"""Checks of what the operator says about the site: its key, its address, its other processes."""

import asyncio
import ipaddress
import socket
import ssl
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import sqlalchemy as sa
from redis.asyncio import Redis
from redis.exceptions import RedisError

from foundation.database import APPLICATION
from foundation.language import N_
from readiness.findings import Finding, Surroundings, broken, off, ok, todo

REACH_SECONDS = 4
# Each web process has one connection of this name (`scheduler.ticker`).
_WEB_PROCESSES = sa.text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE application_name = :name AND datname = current_database()"
)


async def secret_key(look: Surroundings) -> Finding:
    """Is there a key to seal with?"""
    settings = look.settings
    if settings.secret_key is not None:
        return ok(N_("設定されています。"))
    if settings.database_url is None:
        return ok(
            N_("データのフォルダーに自動で作られています。バックアップとは別に控えてください。")
        )
    return broken(
        N_("設定されていません。認証アプリと本人確認書類が使えません。"),
        N_(
            "openssl rand -hex 32 で作り、すべてのプロセスの HITOTOKI_SECRET_KEY に"
            "設定してください。"
        ),
    )


async def public_address(look: Surroundings) -> Finding:
    """Does the address that people type lead here, by HTTPS?"""
    address = look.settings.public_url
    if address is None:
        if look.settings.demo:
            return off(N_("デモサイトなので、なくても動きます。"))
        return broken(
            N_("サイトのアドレスが設定されていません。"),
            N_("HITOTOKI_PUBLIC_URL に https:// から始まるアドレスを設定してください。"),
        )
    parts = urlsplit(address)
    if parts.scheme != "https" and not _is_here(parts.hostname or ""):
        return broken(
            N_("%(address)s はHTTPSではありません。ブラウザーがカメラとマイクを使わせません。"),
            N_("Caddyなどで証明書を用意し、https:// から始まるアドレスに変えてください。"),
            address=address,
        )
    return await _reached(address, parts)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _reached(address: str, parts: SplitResult) -> Finding:
    """Ask for the site's health at its own address, as far as this machine can."""
    try:
        async with asyncio.timeout(REACH_SECONDS):
            status = await _asked(parts)
    except ssl.SSLCertVerificationError:
        return broken(
            N_("%(address)s の証明書が正しくありません。"),
            N_("証明書の期限とホスト名を確かめてください。"),
            address=address,
        )
    except socket.gaierror:
        return broken(
            N_("%(address)s の名前がDNSで見つかりません。"),
            N_("DNSのA・AAAAレコードを、このサーバーに向けてください。"),
            address=address,
        )
    except (OSError, TimeoutError, ValueError):
        return todo(
            N_("%(address)s に、このサーバーからつながりません。"),
            N_("外のネットワークから curl %(address)s/healthz を試してください。"),
            address=address,
        )
    if status != 200:
        return todo(
            N_("%(address)s は応答しますが、正常と答えません（%(status)s）。"),
            N_("プロキシの転送先と、/healthz の応答を確かめてください。"),
            address=address,
            status=status,
        )
    return ok(N_("%(address)s につながりました。"), address=address)


async def _asked(parts: SplitResult) -> int:
    """Return the status with which `/healthz` is answered. Raises OSError, ValueError."""
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(
        host, port, ssl=ssl.create_default_context() if secure else None
    )
    try:
        writer.write(
            f"GET /healthz HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        line = await reader.readline()
    finally:
        writer.close()
    version, _, rest = line.decode("latin-1").partition(" ")
    if not version.startswith("HTTP/"):
        raise ValueError("no HTTP")
    return int(rest[:3])


async def several_processes(look: Surroundings) -> Finding:
    """Does what carries events between processes answer?"""
    url = look.settings.redis_url
    if url is None:
        web = await _web_processes(look)
        if web > 1:
            return broken(
                N_("Webプロセスが%(n)sつ動いていますが、互いに連絡できません。"),
                N_("ValkeyかRedisを、すべてのプロセスの HITOTOKI_REDIS_URL に設定してください。"),
                n=web,
            )
        return off(
            N_("プロセスが一つのサイトです。"),
            N_(
                "Webプロセスを増やすときは、ValkeyかRedisを HITOTOKI_REDIS_URL に設定してください。"
            ),
        )
    client: Redis = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
    try:
        async with asyncio.timeout(REACH_SECONDS):
            await client.ping()
    except (RedisError, OSError, TimeoutError):
        return broken(
            N_("ValkeyかRedisが応答しません。"),
            N_("HITOTOKI_REDIS_URL のアドレスとパスワード、サーバーの状態を確かめてください。"),
        )
    finally:
        await client.aclose()
    return ok(N_("ValkeyかRedisが応答しました。"))


async def _web_processes(look: Surroundings) -> int:
    if look.database is None:
        return 0
    async with look.database.transaction() as tx:
        return int(await tx.scalar(_WEB_PROCESSES, {"name": f"{APPLICATION} ticker"}) or 0)


async def recordings(look: Surroundings) -> Finding:
    """Can recordings be written where they belong?"""
    if not look.settings.recording:
        return off(N_("録画は使いません。"))
    folder = look.settings.recording_folder
    wrong = await asyncio.to_thread(_not_writable, folder)
    if wrong:
        return broken(
            N_("録画のフォルダー %(folder)s に書きこめません。"),
            N_("フォルダーを作り、サイトの利用者が書きこめるようにしてください。"),
            folder=str(folder),
        )
    return ok(N_("%(folder)s に書きこめます。"), folder=str(folder))


def _not_writable(folder: Path) -> bool:
    trial = folder / ".doctor"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial.write_bytes(b"")
        trial.unlink()
    except OSError:
        return True
    return False
