"""Texts that run from right to left keep to themselves; what counts as a character."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.language import translate
from foundation.text.bidi import CLOSE, OPEN, isolated
from foundation.text.clusters import clusters
from web.http.filters import initial
from web.http.render import TEMPLATES

turning = st.text(
    st.sampled_from("aあ1 \n\u05d0\u0627\u202e\u2066\u2067\u2068\u2069\u202c"), max_size=20
)


@pytest.mark.parametrize("text", ["", "みどり", "Yuki 2", "👨‍👩‍👧", "हिन्दी", "1,234 pt"])
def test_a_text_from_left_to_right_stays_as_it_is(text: str) -> None:
    assert isolated(text) == text


@given(turning)
def test_what_is_isolated_closes_whatever_it_opens_and_nothing_else(text: str) -> None:
    made = isolated(text)
    depth = 0
    for place, character in enumerate(made):
        depth += character in (OPEN, "\u2066", "\u2067")
        depth -= character == CLOSE
        assert depth >= 0 or made == text
        if made != text and place < len(made) - 1:
            assert depth >= 1
    assert isolated(made) == made


def test_a_name_is_isolated_wherever_it_is_filled_in() -> None:
    assert translate("ja", "%(name)sさんから", name="שלום") == f"{OPEN}שלום{CLOSE}さんから"
    assert translate("ja", "%(name)sさんから", name="ゆき") == "ゆきさんから"
    assert translate("ja", "%(n)s件", n=3) == "3件"


@given(st.text(max_size=40))
def test_characters_make_up_their_text(text: str) -> None:
    assert "".join(clusters(text)) == text
    assert all(clusters(text))


@pytest.mark.parametrize(
    ("name", "first"),
    [("👨‍👩‍👧ゆき", "👨‍👩‍👧"), ("🇯🇵日本", "🇯🇵"), ("ゆき", "ゆ"), ("e\u0301a", "e\u0301"), ("", "")],
)
def test_the_first_character_stands_for_a_portrait(name: str, first: str) -> None:
    assert initial(name) == first


def test_what_goes_back_into_a_form_stays_as_it_was_typed() -> None:
    """Fields are marked by `|e` in templates: a turned name would come back with its signs."""
    field = re.compile(r"(?:value=\"\{\{|<textarea[^<]*>\s*\{\{)([^}]*form\[.values.\][^}]*)\}\}")
    found = [
        (path.name, said)
        for path in sorted(TEMPLATES.rglob("*.html"))
        for said in field.findall(path.read_text("utf-8"))
    ]
    assert len(found) >= 8
    assert [one for one in found if not one[1].strip().endswith("|e")] == []
