"""A mail says the same as text and as HTML, in its reader's language."""

from pathlib import Path

import pytest

from foundation import language
from notify.mail import letter

LOCALES = Path(__file__).parents[2] / "web" / "locales"
FOOT = {"ja": "送信専用", "en": "Please don’t reply"}


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_both_forms_say_the_same_in_the_readers_language(locale: str) -> None:
    language.load(LOCALES)
    made = letter(locale, "ゆき", "題", "一行\n二行\n\n次の段", "/points", "https://talk.example")
    for form in (made.text, made.html):
        for said in ("ゆき", "一行", "二行", "次の段", "https://talk.example/points", FOOT[locale]):
            assert said in form
    assert f'lang="{locale}"' in made.html
    assert "一行<br>二行</p>" in made.html


def test_what_people_wrote_is_text_in_both_forms() -> None:
    made = letter("ja", "<i>&", "<b>&題", "<script>x</script> {{ 7 * 7 }} & \"'")
    assert "<i>&さん" in made.text
    assert "<script>x</script> {{ 7 * 7 }} & \"'" in made.text
    for markup in ("<i>", "<b>", "<script>"):
        assert markup not in made.html
    assert "&lt;script&gt;" in made.html


def test_a_mail_brings_nothing_from_elsewhere() -> None:
    html = letter("ja", "ゆき", "題", "文", "/points", "https://talk.example").html
    for loading in ("<img", "<script", "<link", "url(", "@import", "src="):
        assert loading not in html


def test_the_longest_notice_fits_into_a_mail() -> None:
    made = letter(
        "ja", "長" * 40, "題" * 120, '"\n' * 1000, "/" + "x" * 299, "https://" + "x" * 100
    )
    assert len(made.subject) <= 200
    assert len(made.text) <= 4000
    assert len(made.html) <= 20000
