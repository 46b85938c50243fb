"""The button of every mail says where it leads."""

import re

import pytest

from notify.mail import letter
from notify.mail_ways import FALLBACK, way_of
from tests.catalogues import ROOT

# Whoever tells somebody of something by mail names the page to go to; an id stands for a place.
TELLS = re.compile(r'(?:link=|link = |text, )f?"(/[^"]+)"')
TELLERS = ("payouts", "points", "people", "rooms")
PLACE = re.compile(r"\{[^}]*\}")
# One notice leads to a reservation or to a request.
BY_HAND = {"/{path}/{row.id}"}


def links() -> list[str]:
    found = {
        link
        for package in TELLERS
        for path in (ROOT / package).rglob("*.py")
        for link in TELLS.findall(path.read_text("utf-8"))
    }
    assert len(found) > 12
    return sorted((found - BY_HAND) | {"/reservations/{id}", "/requests/{id}"})


@pytest.mark.parametrize("link", links())
def test_every_page_that_a_mail_leads_to_has_words_of_its_own(link: str) -> None:
    assert way_of(PLACE.sub("7", link)) != FALLBACK


@pytest.mark.parametrize(
    ("link", "word"),
    [
        ("/sign-up/link?token=a&next=/rooms/7", "登録を完了する"),
        ("/sign-up", "新規登録へ進む"),
        ("/reservations/7", "予約を見る"),
        ("/rooms/7", "ルームを見る"),
        ("/rooms/7/enter", "入室へ進む"),
        ("/points/purchases/7", "購入の内容を見る"),
        ("/console/payouts", "報酬の振込を見る"),
        ("/console/payouts/7", "振込を見る"),
        ("/console/payouts/account", "口座を確認する"),
        ("/console/payouts/terms", "お仕事の条件を見る"),
        ("/pointsless", FALLBACK),
        ("/somewhere", FALLBACK),
    ],
)
def test_the_nearest_words_count(link: str, word: str) -> None:
    assert way_of(link) == word
    assert f">{word}</a>" in letter("ja", "けんじ", "題", "文", link).html


def test_a_mail_that_leads_nowhere_has_no_button() -> None:
    assert 'class="way"' not in letter("ja", "けんじ", "題", "文").html
