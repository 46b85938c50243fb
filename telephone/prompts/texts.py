"""What is spoken, in Japanese and English. `render.py` makes the files from it.

A word in braces is a figure that is composed when it is spoken (`telephone.prompts.figures`): what
stands between them has a file of its own. Spoken Japanese is written as it is read out.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "en")

# Who rings us.
MENU: Mapping[str, tuple[str, str]] = {
    "welcome": ("お電話ありがとうございます。ひとときです。", "Hello, this is Hitotoki."),
    "stranger": (
        "この電話番号は、登録されていません。ページで、会員登録と電話番号の登録をしてから、おかけなおしください。",
        (
            "This number is not registered. Please sign up and add your number on our site, then"
            " call again."
        ),
    ),
    "withheld": (
        "番号を通知して、おかけなおしください。",
        "Please call again without hiding your number.",
    ),
    "pin": (
        "暗証番号を押して、最後にシャープを押してください。",
        "Please enter your pin, then press pound.",
    ),
    "pin_wrong": ("暗証番号がちがいます。", "That pin is not correct."),
    "pin_missing": (
        "ページで、暗証番号を設定してから、おかけなおしください。",
        "Please set a pin on our site, then call again.",
    ),
    "pin_locked": (
        "暗証番号を続けてまちがえたため、しばらくお使いいただけません。メールをご確認ください。",
        "Too many wrong pins. Please check your mail, and try again later.",
    ),
    "front_online": (
        "いま話せるキャストは、{key}を、",
        "For those available now, {key}.",
    ),
    "front_all": ("すべてのキャストは、{key}を、", "For everyone, {key}."),
    "front_digits": ("四桁の番号で選ぶときは、{key}を、", "To enter four digits, {key}."),
    "front_standby": (
        "キャストの待機は、{key}を押してください。",
        "For hosts, {key}.",
    ),
    "menu_online": (
        "いま待機しているキャストを、ご案内します。",
        "These hosts are available now.",
    ),
    "menu_all": ("キャストを、ご案内します。", "These are our hosts."),
    "menu_none": ("ご案内できるキャストが、いません。", "There is nobody to choose from."),
    "item": ("{key}、{name}さん、一分{yen}。", "{key}. {name}. {yen} a minute."),
    "item_away": ("{key}、{name}さん。いまは、いません。", "{key}. {name}. Not available now."),
    "menu_more": ("つぎのキャストは、九番を。", "For more, press nine."),
    "menu_tail": (
        "もう一度聞くときは、米印を、もどるときは、シャープを押してください。",
        "To hear this again, press star. To go back, press pound.",
    ),
    "no_such_key": ("その番号は、ありません。", "There is no such choice."),
    "left_points": ("残りは、{points}です。", "You have {points} left."),
    "left_tab": ("後払いの残りは、{yen}です。", "You have {yen} left to pay later."),
    "offer_points": (
        (
            "{name}さん。一分{yen}、ポイントでのお支払いです。おつなぎするときは、一番を、"
            "もどるときは、シャープを押してください。"
        ),
        (
            "{name}. {yen} a minute, paid with your points. To connect, press one. To go back,"
            " press pound."
        ),
    ),
    "offer_tab": (
        "{name}さん。一分{yen}、後払いです。おつなぎするときは、一番を、もどるときは、シャープを押してください。",
        "{name}. {yen} a minute, paid afterwards. To connect, press one. To go back, press pound.",
    ),
    "away_until": ("{name}さんは、つぎは、{when}からの予定です。", "{name} will be back {when}."),
    "away": (
        "{name}さんの、つぎの予定は、まだ決まっていません。",
        "{name} has not said when they will be back.",
    ),
    "four": ("キャストの、四桁の番号を押してください。", "Please enter the four digits of a host."),
    "four_wrong": ("その番号のキャストは、見つかりません。", "There is no host with that number."),
    "too_late": ("操作がありませんので、お切りします。", "Goodbye for now."),
    "cast_only": ("キャスト専用の番号です。", "This number is for hosts."),
    "standby_ask": (
        "待機をはじめるときは、一番を押してください。",
        "To become available, press one.",
    ),
    "standby_end": (
        "いま、待機中です。やめるときは、二番を押してください。",
        "You are available. To stop, press two.",
    ),
    "standby_on": ("待機を、はじめました。", "You are now available."),
    "standby_off": ("待機を、おわりました。", "You are no longer available."),
    "standby_refused": (
        "いまは、待機をはじめられません。ページをご確認ください。",
        "You cannot become available now. Please look at our site.",
    ),
    "bye": ("ありがとうございました。", "Thank you. Goodbye."),
}
# Whom we ring.
CALL: Mapping[str, tuple[str, str]] = {
    "prove": (
        "ひとときから、確認のお電話です。お心当たりがなければ、お切りください。確認番号は、{code}。",
        "This is Hitotoki. If you did not ask for this call, please hang up. Your code is {code}.",
    ),
    "prove_again": (
        "もう一度、お伝えします。確認番号は、{code}。",
        "Once more. Your code is {code}.",
    ),
    "guide": ("{name}さんを、お呼びしています。お待ちください。", "Calling {name}. Please wait."),
    "answer_cast": (
        "ひとときから、お客様のお電話です。お受けになるときは、一番を押してください。",
        "A caller from Hitotoki. To answer, press one.",
    ),
    "answer_caller": (
        "ひとときから、お約束のお電話です。おはじめになるときは、一番を押してください。",
        "Your call from Hitotoki. To begin, press one.",
    ),
    "answer_reserved": (
        "ひとときから、ご予約のお電話です。おはじめになるときは、一番を押してください。",
        "Your reserved call from Hitotoki. To begin, press one.",
    ),
    "reserved_failed": (
        (
            "ただいま、おつなぎできませんでした。もういちどおかけすることがあります。"
            "結果は、ページでお知らせします。"
        ),
        "We could not connect you. We may call again. Please look at our site for the result.",
    ),
    "reserved_over": (
        "ご予約の時間になりましたので、おわります。",
        "Your reserved time is over, so this call ends.",
    ),
    "begin": ("では、お話しください。", "Please go ahead."),
    "begin_paid": (
        "ここから、料金がかかります。お話しください。",
        "You are charged from now on. Please go ahead.",
    ),
    "begin_free": (
        "はじめは無料です。お話しください。",
        "The beginning is free. Please go ahead.",
    ),
    "busy": (
        "ただいま、ほかのお電話に出ています。料金は、かかりません。",
        "They are on another call. You are not charged.",
    ),
    "no_answer": (
        "お出になりませんでした。料金は、かかりません。",
        "There was no answer. You are not charged.",
    ),
    "line_away": (
        "ただいま、おつなぎできません。料金は、かかりません。",
        "We cannot connect you now. You are not charged.",
    ),
    "refused": (
        "いまは、ご利用いただけません。ページをご確認ください。",
        "This is not possible now. Please look at our site.",
    ),
    "points_short": (
        "残りが、五分に足りません。ページでご確認ください。",
        "You have less than five minutes left. Please look at our site.",
    ),
    "minutes_left": ("あと{minutes}です。", "{minutes} left."),
    "tab_minutes_left": (
        "ご利用限度額まで、あと{minutes}です。",
        "{minutes} left until your limit.",
    ),
    "add_offer": (
        "五番を押すと、{yen}分のポイントを、末尾{code}のカードで購入できます。",
        "Press five to buy points for {yen}, with your card ending in {code}.",
    ),
    "add_ask": (
        "{points}を、{yen}で追加します。よろしければ、一番を押してください。",
        "{points} for {yen}. To buy, press one.",
    ),
    "added": ("{points}を、追加しました。", "{points} added."),
    "not_added": ("購入していません。", "Nothing was bought."),
    "add_declined": (
        "カードで、お支払いできませんでした。料金は、かかっていません。",
        "Your card was declined. You are not charged.",
    ),
    "add_over_limit": (
        "ご自分で決めた上限を超えるため、購入できません。",
        "That is beyond the limit that you have set.",
    ),
    "add_pending": (
        "お支払いを、確認しています。確認できたら、お知らせします。",
        "We are checking your payment, and will tell you.",
    ),
    "spent": ("残りがなくなりましたので、おわります。", "Nothing is left, so this call ends."),
    "tab_spent": (
        "ご利用限度額になりましたので、おわります。",
        "Your limit is reached, so this call ends.",
    ),
    "other_left": ("お相手が、お切りになりました。", "They have hung up."),
    "lost": ("お相手のお電話が、切れました。", "Their line was lost."),
    "ended_points": ("今回の料金は、{points}です。", "This call cost {points}."),
    "ended_yen": ("今回の料金は、{yen}です。", "This call cost {yen}."),
    "ended_free": ("料金は、かかりません。", "You are not charged."),
}
TEXTS: Mapping[str, tuple[str, str]] = {**MENU, **CALL}


def text_of(name: str, language: Language) -> str:
    """Return what a prompt says. Raises KeyError for none of that name."""
    return TEXTS[name][LANGUAGES.index(language)]
