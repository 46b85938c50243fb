"""Figures as people and programs write them, read strictly."""

import re

from foundation.errors import UserError
from foundation.language import N_

BIGGEST = 2**63 - 1

_FIGURE = re.compile(r"0|[1-9][0-9]{0,18}")


def integer(text: str, least: int = 0, most: int = BIGGEST) -> int:
    """Return a figure written in ASCII digits, between `least` (not negative) and `most`.

    Raises UserError (400) for anything else: signs, fractions, full-width digits, leading zeros.
    """
    if not _FIGURE.fullmatch(text):
        if text.isascii() and text.isdecimal():
            raise _out_of_bounds(least, most)
        raise UserError(
            "number_malformed", N_("数は半角の数字だけで入力してください。"), status=400
        )
    number = int(text)
    if not least <= number <= most:
        raise _out_of_bounds(least, most)
    return number


def _out_of_bounds(least: int, most: int) -> UserError:
    return UserError(
        "number_out_of_bounds",
        N_("%(least)sから%(most)sまでの数を入力してください。"),
        status=400,
        least=least,
        most=most,
    )
