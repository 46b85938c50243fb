"""Checks of what the site speaks with: mail server, payment provider, relays, telephone."""

import asyncio
import ipaddress

from foundation.language import N_
from media import hosts, turn_trial
from points.payments.opening import open_stripe
from points.payments.provider import ProviderError
from readiness import trials
from readiness.findings import Finding, Surroundings, broken, off, ok, todo
from rooms.calling import gateways

STRIPE_SECONDS = 8


async def mail_server(look: Surroundings) -> Finding:
    """Is there a mail server, and was a mail really sent?"""
    if look.settings.smtp_url is None:
        if look.settings.demo:
            return off(N_("デモサイトのメールは /demo/mailbox で読めます。"))
        return broken(
            N_("メールサーバーが設定されていません。だれも登録を完了できません。"),
            N_("HITOTOKI_SMTP_URL と HITOTOKI_MAIL_FROM を設定してください。"),
        )
    tried = look.steps.get(trials.MAIL)
    if tried is None:
        return todo(
            N_("設定されています。まだ試していません。"),
            N_("テストメールを送ってみてください。"),
        )
    if tried.state == "failed":
        return broken(
            N_("テストメールを送れませんでした（%(why)s）。"),
            N_("アドレス、パスワード、ポート、送信元を確かめて、もう一度送ってください。"),
            why=tried.note,
        )
    return ok(N_("%(to)s にテストメールを送りました。"), to=tried.note)


async def payment_keys(look: Surroundings) -> Finding:
    """Are the keys of one mode, and does the provider take them?"""
    settings = look.settings
    if settings.stripe_secret_key is None:
        if settings.demo:
            return off(N_("デモサイトの支払いは、だれも請求されません。"))
        return todo(
            N_("Stripeのキーが設定されていません。ポイントは販売されません。"),
            N_("HITOTOKI_STRIPE_… の三つを、同じアカウントの同じモードで設定してください。"),
        )
    publishable = settings.stripe_publishable_key or ""
    if ("_live_" in publishable) is not settings.stripe_live:
        return broken(
            N_("公開キーと秘密キーのモード（本番とテスト）が違います。"),
            N_("三つのキーを、同じモードのものにしてください。"),
        )
    try:
        async with asyncio.timeout(STRIPE_SECONDS), open_stripe(settings) as gateway:
            assert gateway
            ways = await gateway.ways()
    except (ProviderError, TimeoutError) as error:
        why = error.problem if isinstance(error, ProviderError) else "silent"
        return broken(
            N_("Stripeがキーを受け付けません（%(why)s）。"),
            N_("キーと、制限付きキーの権限を確かめてください（docs/operating.md）。"),
            why=why,
        )
    methods = ", ".join(ways.methods)
    if not settings.stripe_live:
        return todo(
            N_("テストモードのキーです。使える支払い方法：%(methods)s"),
            N_("公開の前に、本番のキーに替えてください。"),
            methods=methods,
        )
    return ok(N_("本番のキーです。使える支払い方法：%(methods)s"), methods=methods)


async def payment_event(look: Surroundings) -> Finding:
    """Did a signed event of the provider's arrive at the webhook?"""
    if look.settings.stripe_secret_key is None:
        return off(N_("Stripeを使っていません。"))
    tried = look.steps.get(trials.EVENT)
    if tried is None:
        return todo(
            N_("まだ試していません。"),
            N_(
                "Stripeの画面でWebhookに /webhooks/payments を登録してから、試してください。"
                "だれにも請求されません。"
            ),
        )
    if tried.state == "asked":
        return todo(
            N_("Stripeに通知を頼みました。まだ届いていません。"),
            N_(
                "一分待っても届かないときは、Webhookのアドレスと署名シークレットを確かめてください。"
            ),
        )
    if tried.state == "failed":
        return broken(
            N_("Stripeに通知を頼めませんでした（%(why)s）。"),
            N_("キーの権限（PaymentIntentsの書きこみ）を確かめて、もう一度試してください。"),
            why=tried.note,
        )
    return ok(N_("署名の正しい通知が届きました。"))


async def relay(look: Surroundings) -> Finding:
    """Does every TURN server give a place to relay from? It is really asked."""
    if not look.settings.has_turn:
        if look.settings.demo:
            return off(N_("デモサイトなので、なくても動きます。"))
        return todo(
            N_("TURNサーバーが設定されていません。厳しいネットワークの方は通話できません。"),
            N_("coturnを用意し、HITOTOKI_TURN_URLS と HITOTOKI_TURN_SECRET を設定してください。"),
        )
    places = await turn_trial.try_servers(look.settings)
    bad = next((place for place in places if place.relay is None), None)
    if bad is not None:
        return broken(
            N_("%(url)s で中継できません（%(why)s）。"),
            N_("アドレス、ポート、共有の秘密、サーバーの時計を確かめてください。"),
            url=bad.url,
            why=bad.why,
        )
    inner = next((p for p in places if p.relay and _is_inner(p.relay)), None)
    if inner is not None and not look.settings.demo:
        return todo(
            N_("中継できますが、外から届かないアドレス %(relay)s を使っています。"),
            N_("coturnの external-ip に、外から見えるアドレスを設定してください。"),
            relay=inner.relay or "",
        )
    return ok(N_("%(n)s通りのアドレスすべてで中継できました。"), n=len(places))


def _is_inner(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False


async def media_processes(look: Surroundings) -> Finding:
    """Is a media process there, where the settings speak of one?"""
    if not look.settings.has_relay:
        return off(N_("通話はブラウザーどうしで直接つながります。"))
    if look.database is None:
        return off(N_("データベースにつながらないため、調べていません。"))
    async with look.database.transaction() as tx:
        found = await hosts.live(tx)
    if not found:
        return broken(
            N_("通話を運ぶプロセス（./run media）が動いていません。"),
            N_("同じ HITOTOKI_MEDIA_SECRET で ./run media を動かしてください。"),
        )
    return ok(N_("%(n)sプロセスが動いています。"), n=len(found))


async def telephone(look: Surroundings) -> Finding:
    """Is there a line, where people may talk by telephone?"""
    if not look.settings.telephone:
        return off(N_("電話は使いません。"))
    if look.settings.trunk_server is None and not look.settings.demo:
        return broken(
            N_("電話回線（SIPトランク）が設定されていません。"),
            N_("HITOTOKI_TRUNK_… を設定してください（docs/telephone.md）。"),
        )
    if look.database is None:
        return off(N_("データベースにつながらないため、調べていません。"))
    async with look.database.transaction() as tx:
        there = await gateways.is_there(tx, look.settings)
    if not there:
        return broken(
            N_("電話のプロセス（./run telephone）が回線につながっていません。"),
            N_("./run telephone を動かし、./run telephone-check で回線を確かめてください。"),
        )
    return ok(N_("回線につながっています。"))
