"""Figures in English: of which recorded parts each is composed, and what every part says."""

MOST = 999_999
SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
COUNTERS = {
    "n": ("", ""),
    "yen": ("yen", "yen"),
    "points": ("point", "points"),
    "minutes": ("minute", "minutes"),
}
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth", "twenty first", "twenty second", "twenty third",
    "twenty fourth", "twenty fifth", "twenty sixth", "twenty seventh", "twenty eighth",
    "twenty ninth", "thirtieth", "thirty first",
)  # fmt: skip


def parts(figure: int, counter: str) -> list[str]:
    """Return the names of the parts of which a figure up to 999,999 is composed.

    `counter` is one of COUNTERS. Raises ValueError for a figure out of bounds.
    """
    if not 0 <= figure <= MOST:
        raise ValueError("a figure from 0 to 999,999")
    many, rest = divmod(figure, 1000)
    spoken = [*_below_thousand(many), "thousand"] if many else []
    spoken += _below_thousand(rest) if rest or not many else []
    one, several = COUNTERS[counter]
    return [*spoken, *([one if figure == 1 else several] if one else [])]


def _below_thousand(figure: int) -> list[str]:
    hundreds, rest = divmod(figure, 100)
    spoken = [f"n-{hundreds}", "hundred"] if hundreds else []
    if rest >= 20:
        spoken.append(f"n-{rest // 10 * 10}")
        rest %= 10
        return [*spoken, f"n-{rest}"] if rest else spoken
    return [*spoken, f"n-{rest}"] if rest or not hundreds else spoken


def clock(hour: int, minute: int) -> list[str]:
    """Return the parts of a time of the day, such as three ten p.m."""
    spoken = [f"n-{hour % 12 or 12}", *(parts(minute, "n") if minute else [])]
    return ["at", *spoken, "pm" if hour >= 12 else "am"]


def readings() -> dict[str, str]:
    """Return what every part says."""
    found = {f"n-{one}": word for one, word in enumerate(SMALL)}
    found |= {f"n-{10 * one}": word for one, word in enumerate(TENS, 2)}
    found |= {word: word for pair in COUNTERS.values() for word in pair if word}
    found |= {f"month-{one}": word for one, word in enumerate(MONTHS, 1)}
    found |= {f"day-{one}": word for one, word in enumerate(ORDINALS, 1)}
    found |= {word: word for word in ("hundred", "thousand", "at", "today", "tomorrow")}
    return found | {"am": "a m", "pm": "p m"}
