"""The letters about one's own account: each in its reader's language, none with a stranger's words.

A letter to an address that nobody has proved yet names nobody: otherwise anyone could have the site
send words of theirs to anyone.
"""

from urllib.parse import quote

from foundation.language import N_, translate
from foundation.settings import Settings
from notify.mail import Letter, letter
from people.accounts.accounts import User


def confirm(settings: Settings, locale: str, token: str, after: str = "/") -> Letter:
    """Return the mail of the provisional registration, with the link that completes it."""
    link = f"/sign-up/link?token={token}"
    if after != "/":
        link += f"&next={quote(after, safe='/')}"
    title = N_("仮登録を受け付けました")
    text = N_(
        "お申し込みいただき、ありがとうございます。登録はまだ終わっていません。\n\n"
        "24時間以内に下のリンクをひらき、「登録を完了する」を押してください。\n\n"
        "心当たりのない場合は、このメールを破棄してください。登録は完了しません。"
    )
    return _letter(settings, locale, "", title, text, link)


def already(settings: Settings, owner: User) -> Letter:
    """Return what a member is told when somebody registers with the member's address."""
    title = N_("すでに登録がおすみです")
    text = N_(
        "このメールアドレスで新規登録のお申し込みがありましたが、すでに登録がおすみです。"
        "登録内容は変わっていません。\n\n"
        "パスワードをお忘れの場合は、サインインのページから再設定できます。\n\n"
        "心当たりのない場合は、このメールを破棄してください。"
    )
    return _letter(settings, owner.locale, _proved_name(owner), title, text, "/sign-in")


def welcome(settings: Settings, user: User) -> Letter:
    """Return the mail of a completed registration, with the member number."""
    title = N_("会員登録が完了しました")
    text = N_(
        "ようこそ。会員登録が完了しました。\n\n"
        "会員番号: %(number)s\n\n"
        "サインインには、メールアドレスのかわりに会員番号も使えます。\n"
        "通話にはポイントが必要です。はじめての方は「ご利用ガイド」をご覧ください。"
    )
    return _letter(
        settings, user.locale, user.nickname, title, text, "/guide", number=user.member_number
    )


def reset(settings: Settings, user: User, token: str) -> Letter:
    """Return the mail for a forgotten password."""
    title = N_("パスワードの再設定")
    text = N_(
        "パスワードの再設定のお申し込みがありました。\n\n"
        "1時間以内に下のリンクをひらき、新しいパスワードを決めてください。\n\n"
        "心当たりのない場合は、このメールを破棄してください。パスワードは変わりません。"
    )
    link = f"/password-reset?token={token}"
    return _letter(settings, user.locale, user.nickname, title, text, link)


def unfinished(settings: Settings, locale: str) -> Letter:
    """Return what goes in place of a link for the password of an account that nobody confirmed."""
    title = N_("会員登録が終わっていません")
    text = N_(
        "パスワードの再設定のお申し込みがありましたが、"
        "このメールアドレスの会員登録はまだ終わっていません。\n\n"
        "お手数ですが、下のリンクからもう一度ご登録ください。"
        "前に入力された内容は、そのときに消去します。\n\n"
        "心当たりのない場合は、このメールを破棄してください。"
    )
    return _letter(settings, locale, "", title, text, "/sign-up")


def password_changed(settings: Settings, user: User) -> Letter:
    """Return the mail that tells of a changed password."""
    title = N_("パスワードが変わりました")
    text = N_(
        "パスワードが変更され、ほかの端末はサインアウトしました。\n\n"
        "心当たりのない場合は、すぐに下のリンクからパスワードを再設定してください。"
    )
    link = "/forgotten-password"
    return _letter(settings, user.locale, user.nickname, title, text, link)


def confirm_change(settings: Settings, user: User, token: str) -> Letter:
    """Return the mail to the address that an account is to have."""
    title = N_("新しいメールアドレスの確認")
    text = N_(
        "会員登録のメールアドレスを、このアドレスに変えるお申し込みがありました。\n\n"
        "24時間以内に下のリンクをひらき、「変更する」を押してください。\n\n"
        "心当たりのない場合は、このメールを破棄してください。何も変わりません。"
    )
    return _letter(settings, user.locale, "", title, text, f"/email-change?token={token}")


def address_in_use(settings: Settings, owner: User) -> Letter:
    """Return what a member is told when another account asks for the member's address."""
    title = N_("このメールアドレスは登録ずみです")
    text = N_(
        "ほかの会員の方から、メールアドレスをこのアドレスに変えるお申し込みがありましたが、"
        "すでにお客様が登録しているため、変更していません。\n\n"
        "心当たりのない場合は、このメールを破棄してください。"
    )
    return _letter(settings, owner.locale, _proved_name(owner), title, text, None)


def address_changed(settings: Settings, user: User, new: str) -> Letter:
    """Return what the old address is told. The new one is named so far as its owner knows it."""
    title = N_("メールアドレスが変わりました")
    text = N_(
        "登録のメールアドレスが %(email)s に変更されました。"
        "これからのメールは、新しいアドレスにお送りします。\n\n"
        "心当たりのない場合は、すぐにお問い合わせください。"
    )
    return _letter(
        settings, user.locale, user.nickname, title, text, "/contact", email=_veiled(new)
    )


def _letter(
    settings: Settings,
    locale: str,
    name: str,
    title: str,
    text: str,
    link: str | None,
    **params: object,
) -> Letter:
    said, told = translate(locale, title), translate(locale, text, **params)
    return letter(locale, name, said, told, link, settings.public_url, in_inbox=False)


def _proved_name(owner: User) -> str:
    return owner.nickname if owner.confirmed_at is not None else ""


def _veiled(email: str) -> str:
    local, _, domain = email.partition("@")
    return f"{local[:1]}***@{domain}"
