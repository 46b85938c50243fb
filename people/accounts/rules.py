"""Pure decisions about accounts: what a nickname, an e-mail address and a password may be.

Each takes what a person typed, returns it in its one stored form, or raises UserError (422).
The bounds are those of `people.accounts.tables`; a test holds the two together.
"""

import re
import unicodedata
from datetime import date

from foundation.errors import UserError
from foundation.language import N_
from people.accounts.breached_passwords import is_breached
from people.accounts.tables import ADDRESS, UNSEEN

NICKNAME_CHARACTERS = 20
EMAIL_CHARACTERS = 254  # RFC 5321, 4.5.3.1.3, less its angle brackets
LOCAL_PART_CHARACTERS = 64  # RFC 5321, 4.5.3.1.1
PASSWORD_LEAST = 10
PASSWORD_MOST = 200
DIFFERENT_CHARACTERS = 4
ADULT_YEARS = 18
EARLIEST_YEAR = 1900

_UNSEEN = re.compile(f"[{UNSEEN}]")
_ADDRESS = re.compile(ADDRESS)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
# Control, invisible format, surrogate, private-use characters, line and paragraph separators.
_NEVER = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_MEMBER_NUMBER = re.compile(r"[0-9]{8}")
# What people put between a number's digits: tabs, spaces, hyphens and dashes, the minus sign, and
# the long-vowel mark, which a Japanese keyboard gives for a hyphen.
_BETWEEN_DIGITS = dict.fromkeys([0x09, 0x20, 0x2D, *range(0x2010, 0x2016), 0x2212, 0x30FC])


def nickname(typed: str) -> str:
    """Return a nickname: 1 to 20 visible characters, composed (NFC), without outer spaces."""
    name = unicodedata.normalize("NFC", typed).strip()
    if not name:
        raise UserError("nickname_missing", N_("ニックネームを入力してください。"), status=422)
    if len(name) > NICKNAME_CHARACTERS:
        raise UserError(
            "nickname_too_long",
            N_("ニックネームは%(most)s文字までです。"),
            status=422,
            most=NICKNAME_CHARACTERS,
        )
    if _hides(name):
        raise UserError(
            "nickname_unseen", N_("ニックネームに使えない文字が入っています。"), status=422
        )
    return name


def email(typed: str) -> str:
    """Return an e-mail address as it is stored: half-width, small letters, no outer spaces.

    Someone who types with a Japanese keyboard left in full-width mode means the same address.
    """
    address = unicodedata.normalize("NFKC", typed).strip().lower()
    if not address:
        raise UserError("email_missing", N_("メールアドレスを入力してください。"), status=422)
    local, _, domain = address.partition("@")
    fits = len(address) <= EMAIL_CHARACTERS and len(local) <= LOCAL_PART_CHARACTERS
    if not (fits and _ADDRESS.fullmatch(address) and _DOMAIN.fullmatch(domain)):
        raise UserError("email_malformed", N_("メールアドレスの形が正しくありません。"), status=422)
    return address


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
    return email(name)


def birthday(year: str, month: str, day: str, today: date) -> date:
    """Return the day on which somebody was born who is 18 or older on `today`.

    Who was born on 29 February comes of age on 1 March.
    """
    born = _date(year, month, day)
    if born.year < EARLIEST_YEAR or born > today:
        raise _no_birthday()
    if age(born, today) < ADULT_YEARS:
        raise UserError(
            "too_young",
            N_("ご利用いただけるのは%(years)s歳以上の方です。"),
            status=422,
            years=ADULT_YEARS,
        )
    return born


def _date(*typed: str) -> date:
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


def _hides(name: str) -> bool:
    if _UNSEEN.search(name):
        return True
    return any(unicodedata.category(character) in _NEVER for character in name)
