"""Checks of what members find, and of what the law wants told."""

from foundation.language import N_
from foundation.settings import Settings
from points.desk import packs
from readiness.findings import Finding, Surroundings, broken, off, ok, todo
from rooms.offering import categories

TELECOM = "telecom"


async def packs_on_sale(look: Surroundings) -> Finding:
    """Is there something to buy?"""
    if look.database is None:
        return off(N_("データベースにつながらないため、調べていません。"))
    async with look.database.transaction() as tx:
        found = [pack for pack in await packs.all_packs(tx) if pack.active]
    if not found:
        return broken(
            N_("販売中のポイント商品がありません。"),
            N_("スタッフの「ポイント商品」で、少なくとも一つを販売にしてください。"),
        )
    least = min(pack.price_yen for pack in found)
    return ok(N_("%(n)s種類を販売します（%(least)s円から）。"), n=len(found), least=f"{least:,}")


async def categories_in_use(look: Surroundings) -> Finding:
    """Can a cast choose a category?"""
    if look.database is None:
        return off(N_("データベースにつながらないため、調べていません。"))
    async with look.database.transaction() as tx:
        found = [one for one in await categories.every(tx) if not one.retired]
    if not found:
        return broken(
            N_("カテゴリーがありません。"),
            N_("スタッフの「カテゴリー一覧」で、少なくとも一つを追加してください。"),
        )
    return ok(N_("%(n)s種類のカテゴリーがあります。"), n=len(found))


async def seller(look: Surroundings) -> Finding:
    """Is the page that the Act on Specified Commercial Transactions wants complete?"""
    missing = look.settings.missing_seller
    if missing:
        names = ", ".join(f"HITOTOKI_{name.upper()}" for name in missing)
        return _unless_demo(
            look.settings,
            broken(
                N_("特定商取引法に基づく表記に、足りない項目があります。"),
                N_("設定してください：%(names)s"),
                names=names,
            ),
        )
    return ok(N_("すべての項目があります（%(name)s）。"), name=look.settings.seller_name or "")


async def terms(look: Surroundings) -> Finding:
    """Did the operator review the terms and the privacy policy?"""
    since = look.settings.terms_since
    if since is None:
        return _unless_demo(
            look.settings,
            broken(
                N_("利用規約とプライバシーポリシーは、まだひな型のままです。"),
                N_("専門家と確かめてから、施行日を HITOTOKI_TERMS_SINCE に設定してください。"),
            ),
        )
    return ok(N_("%(day)s から有効です。"), day=since.isoformat())


async def telecom(look: Surroundings) -> Finding:
    """Did the operator say that the notification as a carrier is made?"""
    ticked = look.steps.get(TELECOM)
    if ticked is not None and ticked.state == "done":
        return ok(N_("届出を済ませたと、確認されています。"))
    return _unless_demo(
        look.settings,
        todo(
            N_("電気通信事業の届出を済ませたか、まだ確認されていません。"),
            N_(
                "他人どうしの通信を仲立ちする事業は、始める前に総務省への届出が必要です。"
                "「公開までの準備」のページで確認してください。"
            ),
        ),
    )


async def receipts(look: Surroundings) -> Finding:
    """Is somebody named who issues receipts?"""
    if not (look.settings.issuer_name and look.settings.issuer_address):
        return off(
            N_("領収書は発行されません。"),
            N_(
                "発行するときは HITOTOKI_ISSUER_NAME と HITOTOKI_ISSUER_ADDRESS を"
                "設定してください。"
            ),
        )
    return ok(N_("%(name)s の名前で発行します。"), name=look.settings.issuer_name)


def _unless_demo(settings: Settings, found: Finding) -> Finding:
    return off(N_("デモサイトなので、なくても動きます。")) if settings.demo else found
