"""Pages that anyone may find through a search engine: how they describe themselves, and their
addresses, one for each language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp.web import Request

from foundation.language import N_, locales
from web.http.keys import SETTINGS

LANGUAGE = "lang"

DESCRIPTIONS: Mapping[str, str] = {
    "/": N_(
        "話したいひとと、顔を見て1分から話せるサイトです。料金は1分ごと、アプリはいりません。"
        "いま話せるひとを、話題や料金からさがせます。"
    ),
    "/search": N_("話題、料金、時間、ことばから、話したいひとのルームをさがせます。"),
    "/guide": N_("ひとときの使い方です。登録から、ポイントの購入、入室、通話のあとまで。"),
    "/faq": N_("料金、通話、予約、ポイント、安全について、よくいただくご質問とお答えです。"),
    "/check": N_("カメラ、マイク、通信がひとときの通話に使えるか、この場で確かめられます。"),
    "/prices": N_("ポイントの価格と、通話にかかる料金の例です。1ポイントは1円、税込みです。"),
    "/terms": N_("ひとときの利用規約です。"),
    "/privacy": N_("ひとときがお預かりする情報と、その使い道、保存する期間です。"),
    "/legal": N_("特定商取引法に基づく表記です。販売事業者、料金、お支払い、返品について。"),
    "/contact": N_("ひとときへのお問い合わせはこちらから。メールでお答えします。"),
    "/casts/join": N_("ひとときで話し相手になりませんか。応募の条件と流れをご案内します。"),
}


@dataclass(frozen=True)
class Public:
    """How a page is found. `address` is its own in the language shown, `plain` the one that shows
    each reader their language; `others` are those of all languages.

    `description` is a text of the catalogues; `data` is what schema.org calls the page's matter.
    `indexed`: whether engines shall keep it; else they only follow its links.
    """

    address: str
    plain: str
    others: Mapping[str, str]
    description: str = ""
    indexed: bool = True
    data: list[dict[str, Any]] = field(default_factory=list)


def public(
    request: Request,
    path: str,
    description: str = "",
    *,
    indexed: bool = True,
    data: list[dict[str, Any]] | None = None,
) -> Public:
    """Return how the page at a path is found."""
    plain = f"{site_address(request)}{path}"
    others = {locale: f"{plain}?{LANGUAGE}={locale}" for locale in locales()}
    address = others.get(request.query.get(LANGUAGE, ""), plain)
    return Public(address, plain, others, description, indexed, data or [])


def known(request: Request) -> Public | None:
    """Return how a page is found that is always the same; None for any other."""
    description = DESCRIPTIONS.get(request.path)
    return public(request, request.path, description) if description else None


def site_address(request: Request) -> str:
    """Return what stands before every path of the site: `https://talk.example`."""
    return request.app[SETTINGS].public_url or f"{request.scheme}://{request.host}"
