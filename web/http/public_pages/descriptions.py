"""The pages that are always there and always public, each with what engines show of it."""

from collections.abc import Mapping

from foundation.language import N_

# By path. What is added here stands in the sitemap as well; `fee` is the site's, in percent, and
# `site` its name.
DESCRIPTIONS: Mapping[str, str] = {
    "/": N_(
        "話したいひとと、顔を見て1分から話せるサイトです。料金は1分ごと、アプリはいりません。"
        "いま話せるひとを、話題や料金からさがせます。"
    ),
    "/search": N_("話題、料金、時間、ことばから、話したいひとのルームをさがせます。"),
    "/guide": N_("%(site)sの使い方です。登録から、ポイントの購入、入室、通話のあとまで。"),
    "/faq": N_("料金、通話、予約、ポイント、安全について、よくいただくご質問とお答えです。"),
    "/check": N_("カメラ、マイク、通信が通話に使えるか、この場で確かめられます。"),
    "/prices": N_("ポイントの価格と、通話にかかる料金の例です。1ポイントは1円、税込みです。"),
    "/terms": N_("%(site)sの利用規約です。"),
    "/privacy": N_("%(site)sがお預かりする情報と、その使い道、保存する期間です。"),
    "/legal": N_("特定商取引法に基づく表記です。販売事業者、料金、お支払い、返品について。"),
    "/contact": N_("%(site)sへのお問い合わせはこちらから。メールでお答えします。"),
    "/guide/casts": N_(
        "プロフィール、本人確認、ルーム、共有、待機。話しはじめるまでの手順を、画面の写真で説明します。"
    ),
    "/offer": N_(
        "子育て、移住、介護、仕事。ふつうの経験を、1分ごとの料金で話せます。"
        "手数料は%(fee)s%%。報酬の例、振り込み、始め方をご案内します。"
    ),
    "/casts/join": N_("%(site)sで話し相手になりませんか。応募の条件と流れをご案内します。"),
}
