"""Pure decisions about accounts: what a nickname, an e-mail address and a password may be.

Each takes what a person typed, returns it in its one stored form, or raises UserError (422).
The bounds are those of `people.accounts.tables`; a test holds the two together.
"""

import re
import unicodedata
from datetime import date

from foundation.errors import UserError
from foundation.language import N_
from foundation.mail_addresses import LOCAL_PART_CHARACTERS, is_plain, travelling
from foundation.text.clusters import clusters
from foundation.text.visible import hides
from people.accounts.breached_passwords import is_breached
from people.accounts.likeness import poses_as_site
from people.accounts.tables import NICKNAME_CODE_POINTS

NICKNAME_CHARACTERS = 20
EMAIL_CHARACTERS = 254  # RFC 5321, 4.5.3.1.3, less its angle brackets
PASSWORD_LEAST = 10
PASSWORD_MOST = 200
DIFFERENT_CHARACTERS = 4
ADULT_YEARS = 18
EARLIEST_YEAR = 1900

# Spaces that look like one another; the full-width one of Japanese names is another.
_SPACES = re.compile(r"[ \u00a0\u1680\u2000-\u200a\u202f\u205f]+")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# What ends in a figure is the number of a machine (RFC 1123, 2.1).
_DOMAIN = re.compile(rf"(?!.*\.[0-9]+$){_LABEL}(?:\.{_LABEL})+")
# A Japanese keyboard left in full-width mode: the printable ASCII, and the space.
_FULL_WIDTH = {0xFF01 + n: 0x21 + n for n in range(0x5E)} | {0x3000: 0x20}
_MEMBER_NUMBER = re.compile(r"[0-9]{8}")
# What people put between a number's digits: tabs, spaces, hyphens and dashes, the minus sign, and
# the long-vowel mark, which a Japanese keyboard gives for a hyphen.
_BETWEEN_DIGITS = dict.fromkeys([0x09, 0x20, 0x2D, *range(0x2010, 0x2016), 0x2212, 0x30FC])


def nickname(typed: str) -> str:
    """Return a nickname: 1 to 20 visible characters, composed (NFC), without outer spaces.

    Nobody takes it for the site's. Characters are counted as people count them: a family or a flag
    is one, though it may be written with ten.
    """
    name = _SPACES.sub(" ", unicodedata.normalize("NFC", typed)).strip()
    if not name:
        raise UserError("nickname_missing", N_("ニックネームを入力してください。"), status=422)
    if len(clusters(name)) > NICKNAME_CHARACTERS:
        raise UserError(
            "nickname_too_long",
            N_("ニックネームは%(most)s文字までです。"),
            status=422,
            most=NICKNAME_CHARACTERS,
        )
    _must_be_a_name(name)
    return name


def _must_be_a_name(name: str) -> None:
    if hides(name):
        raise UserError(
            "nickname_unseen", N_("ニックネームに使えない文字が入っています。"), status=422
        )
    if len(name) > NICKNAME_CODE_POINTS:
        raise UserError(
            "nickname_too_long", N_("ニックネームの絵文字を減らしてください。"), status=422
        )
    if poses_as_site(name):
        raise UserError(
            "nickname_reserved",
            N_("運営やスタッフとまちがえられる名前は使えません。"),
            status=422,
        )


def email(typed: str) -> str:
    """Return an e-mail address as it is stored: half-width, small letters, no outer spaces.

    Someone who types with a Japanese keyboard left in full-width mode means the same address. No
    other character is taken for one that looks like it: a mail would go to somebody else.
    """
    address = typed.translate(_FULL_WIDTH).strip()
    if not address:
        raise UserError("email_missing", N_("メールアドレスを入力してください。"), status=422)
    # Only now: some letters that aren't ASCII have small ones that are.
    small = address.lower()
    if not (address.isascii() and is_plain(small) and _fits(small)):
        raise UserError("email_malformed", N_("メールアドレスの形が正しくありません。"), status=422)
    return small


def _fits(address: str) -> bool:
    local, _, domain = travelling(address).rpartition("@")
    short = len(local) + len(domain) < EMAIL_CHARACTERS and len(local) <= LOCAL_PART_CHARACTERS
    return short and _DOMAIN.fullmatch(domain) is not None


def sign_in_name(typed: str) -> str | int:
    """Return whom somebody signs in as: an e-mail address, or a member number as a figure.

    A number is read in full width too, and with spaces or hyphens between its digits.
    """
    name = unicodedata.normalize("NFKC", typed).strip()
    if not name:
        raise UserError(
            "sign_in_name_missing", N_("メールアドレスか会員番号を入力してください。"), status=422
        )
    number = name.translate(_BETWEEN_DIGITS)
    if _MEMBER_NUMBER.fullmatch(number):
        return int(number)
    return email(typed)


def birthday(year: str, month: str, day: str, today: date) -> date:
    """Return the day on which somebody was born who is 18 or older on `today`.

    Who was born on 29 February comes of age on 1 March.
    """
    born = date_of(year, month, day)
    if born.year < EARLIEST_YEAR or born > today:
        raise _no_birthday()
    if age(born, today) < ADULT_YEARS:
        raise UserError(
            "too_young",
            N_("%(years)s歳未満の方と高校生の方は、ご登録いただけません。"),
            status=422,
            years=ADULT_YEARS,
        )
    return born


def date_of(*typed: str) -> date:
    """Return the day that a year, a month and a day name. Raises UserError (422)."""
    figures = [unicodedata.normalize("NFKC", part).strip() for part in typed]
    if not all(figures):
        raise UserError("birthday_missing", N_("生年月日を入力してください。"), status=422)
    if not all(re.fullmatch(r"[0-9]{1,4}", part) for part in figures):
        raise _no_birthday()
    try:
        return date(*(int(part) for part in figures))
    except ValueError:
        raise _no_birthday() from None


def age(born: date, today: date) -> int:
    """Return how many years old somebody is on a day."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _no_birthday() -> UserError:
    return UserError("birthday_malformed", N_("生年月日が正しくありません。"), status=422)


def password(typed: str, *, email: str = "", nickname: str = "") -> str:
    """Return a password in the form that is hashed (NFKC), if it is long and varied enough.

    By NIST SP 800-63B: length counts, no demands on kinds of characters, nothing that repeats
    the account's own names, and nothing from the lists with which guessing begins.
    """
    secret = normal_password(typed)
    if len(secret) < PASSWORD_LEAST:
        raise UserError(
            "password_too_short",
            N_("パスワードは%(least)s文字以上にしてください。"),
            status=422,
            least=PASSWORD_LEAST,
        )
    if len(secret) > PASSWORD_MOST:
        raise UserError(
            "password_too_long",
            N_("パスワードは%(most)s文字までです。"),
            status=422,
            most=PASSWORD_MOST,
        )
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in secret):
        raise UserError(
            "password_unseen", N_("パスワードに使えない文字が入っています。"), status=422
        )
    _must_be_hard_to_guess(secret, email, nickname)
    return secret


def _must_be_hard_to_guess(secret: str, email: str, nickname: str) -> None:
    own_words = (email, email.partition("@")[0], nickname)
    own = {normal_password(word).casefold() for word in own_words}
    if len(set(secret)) < DIFFERENT_CHARACTERS or secret.casefold() in own:
        raise UserError(
            "password_too_simple",
            N_("推測されやすいパスワードです。ほかのものにしてください。"),
            status=422,
        )
    if is_breached(secret):
        raise UserError(
            "password_breached",
            N_("流出したことのあるパスワードです。ほかのものにしてください。"),
            status=422,
        )


def normal_password(typed: str) -> str:
    """Return what was typed in the one form in which passwords are compared (NFKC)."""
    return unicodedata.normalize("NFKC", typed)
