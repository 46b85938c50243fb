"""How Japanese is read: the words of a text and each one's kana, by Sudachi's dictionary.

The dictionary is opened at the first use (0.3 s, 60 MB that processes share). All goes through one
thread, for the tokenizer is made for one at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial

from sudachipy import Dictionary, Morpheme, SplitMode, Tokenizer

from foundation.text.words import MOST_TERM, is_kana, plain
from foundation.threads import CrowdedError, Threads

# Bytes that the tokenizer takes at once. A room's text has 6,000.
MOST_BYTES = 40_000
_THREADS = Threads("readings", at_once=1, most=50)


@dataclass(frozen=True)
class Read:
    """A text as it is read aloud, in hiragana, and each of its words with blanks around it."""

    whole: str
    words: str


async def read_all(texts: Sequence[str]) -> list[Read]:
    """Return how texts are read, away from the loop. Raises CrowdedError."""
    return await _THREADS.run(lambda: [read(text) for text in texts])


async def readings_of(terms: Sequence[str]) -> list[str | None]:
    """Return how typed words are read; None for one in kana, or where nobody has time to look."""
    try:
        return await _THREADS.run(partial(list, map(reading_of, terms)))
    except CrowdedError:
        return [None] * len(terms)


def read(text: str) -> Read:
    """Return how a text is read. Long words are also given in their parts."""
    whole, words = [], []
    for line in text.encode()[:MOST_BYTES].decode(errors="ignore").split("\n"):
        found = list(_tokenizer().tokenize(line, SplitMode.C))
        whole.append("".join(map(_kana, found)))
        for word in found:
            words += [_kana(word), *map(_kana, word.split(SplitMode.A))]
    return Read("\n".join(whole), f" {' '.join(dict.fromkeys(filter(None, words)))} ")


def _kana(word: Morpheme) -> str:
    # Of what it doesn't know, the dictionary says nothing, or the word itself.
    return plain(word.reading_form() or word.surface()).replace(" ", "")


@lru_cache(maxsize=2000)
def reading_of(term: str) -> str | None:
    """Return how a typed word is read; None for one in kana, or that no kana are known of."""
    if is_kana(term):
        return None
    reading = read(term).whole[: 2 * MOST_TERM]
    return reading if is_kana(reading) else None


@cache
def _tokenizer() -> Tokenizer:
    return Dictionary(dict="small").tokenizer()
