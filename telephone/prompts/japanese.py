"""Figures in Japanese: of which recorded parts each is composed, and how every part is read.

三百 is さんびゃく, 六百 ろっぴゃく, 八千 はっせん; 四円 is よえん, 一分 いっぷん. The last part of
a figure holds its counter, for that is where they change each other.
"""

from collections.abc import Iterator

MOST = 999_999
COUNTERS = {"n": "", "yen": "エン", "points": "ポイント", "minutes": "フン"}
MAN = 10_000

ONES = ("", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ")
HUNDREDS = (
    "", "ヒャク", "ニヒャク", "サンビャク", "ヨンヒャク", "ゴヒャク", "ロッピャク", "ナナヒャク",
    "ハッピャク", "キュウヒャク",
)  # fmt: skip
THOUSANDS = (
    "", "セン", "ニセン", "サンゼン", "ヨンセン", "ゴセン", "ロクセン", "ナナセン", "ハッセン",
    "キュウセン",
)  # fmt: skip
MINUTES = (
    "", "イップン", "ニフン", "サンプン", "ヨンプン", "ゴフン", "ロップン", "ナナフン", "ハップン",
    "キュウフン",
)  # fmt: skip
MONTHS = (
    "", "イチ", "ニ", "サン", "シ", "ゴ", "ロク", "シチ", "ハチ", "ク", "ジュウ", "ジュウイチ",
    "ジュウニ",
)  # fmt: skip
HOURS = (
    "レイ", "イチ", "ニ", "サン", "ヨ", "ゴ", "ロク", "シチ", "ハチ", "ク", "ジュウ", "ジュウイチ",
)  # fmt: skip
DAYS = (
    "", "ツイタチ", "フツカ", "ミッカ", "ヨッカ", "イツカ", "ムイカ",
    "ナノカ", "ヨウカ", "ココノカ", "トオカ",
    "ジュウイチニチ", "ジュウニニチ", "ジュウサンニチ",
    "ジュウヨッカ", "ジュウゴニチ", "ジュウロクニチ",
    "ジュウシチニチ", "ジュウハチニチ", "ジュウクニチ",
    "ハツカ", "ニジュウイチニチ", "ニジュウニニチ", "ニジュウサンニチ",
    "ニジュウヨッカ", "ニジュウゴニチ", "ニジュウロクニチ",
    "ニジュウシチニチ", "ニジュウハチニチ", "ニジュウクニチ",
    "サンジュウニチ", "サンジュウイチニチ",
)  # fmt: skip


def parts(figure: int, counter: str) -> list[str]:
    """Return the names of the parts of which a figure up to 999,999 is composed.

    `counter` is one of COUNTERS. Raises ValueError for a figure out of bounds.
    """
    if not 0 <= figure <= MOST:
        raise ValueError("a figure from 0 to 999,999")
    many, rest = divmod(figure, MAN)
    places = [*_places(many), "man"] if many else []
    places += _places(rest)
    places = places or ["0"]
    return [*(f"n-{place}" for place in places[:-1]), f"{counter}-{places[-1]}"]


def _places(figure: int) -> list[str]:
    powers = (1000, 100, 10, 1)
    return [str(figure // power % 10 * power) for power in powers if figure // power % 10]


def clock(hour: int, minute: int) -> list[str]:
    """Return the parts of a time of the day, such as 午後三時十分."""
    half = "pm" if hour >= 12 else "am"
    spoken = [half, f"hour-{hour % 12}"]
    return [*spoken, *parts(minute, "minutes")] if minute else spoken


def readings() -> dict[str, str]:
    """Return how every part is read, in katakana."""
    found = {f"{counter}-{place}": _reading(counter, place) for counter, place in _all_places()}
    found |= {f"key-{one}": f"{ONES[one]}バン" for one in range(1, 10)}
    found |= {f"month-{one}": f"{MONTHS[one]}ガツ" for one in range(1, 13)}
    found |= {f"day-{one}": DAYS[one] for one in range(1, 32)}
    found |= {f"hour-{one}": f"{HOURS[one]}ジ" for one in range(12)}
    return found | {"am": "ゴゼン", "pm": "ゴゴ", "today": "キョウノ", "tomorrow": "アシタノ"}


def _all_places() -> Iterator[tuple[str, str]]:
    places = [str(one * power) for power in (1, 10, 100, 1000) for one in range(1, 10)]
    for counter in COUNTERS:
        for place in ("0", *places, "man"):
            yield counter, place


def _reading(counter: str, place: str) -> str:
    if counter == "minutes":
        return _minutes(place)
    if (counter, place) == ("yen", "4"):
        return "ヨエン"
    if (counter, len(place), place[1:]) == ("points", 2, "0"):
        return _plain(place).removesuffix("ウ") + "ッポイント"
    return _plain(place) + COUNTERS[counter]


def _minutes(place: str) -> str:
    plain = _plain(place)
    if place in ("0", "man"):
        return plain + ("フン" if place == "0" else "プン")
    if len(place) == 1:
        return MINUTES[int(place)]
    if len(place) == 2:
        return plain.removesuffix("ウ") + "ップン"
    return plain.removesuffix("ク") + "ップン" if len(place) == 3 else plain + "プン"


def _plain(place: str) -> str:
    if place in ("0", "man"):
        return "ゼロ" if place == "0" else "マン"
    of, leading = (ONES, None, HUNDREDS, THOUSANDS)[len(place) - 1], int(place[0])
    if of is None:
        return "ジュウ" if leading == 1 else f"{ONES[leading]}ジュウ"
    return of[leading]
