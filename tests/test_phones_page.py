"""docs/phones.md: each rule has a source and a line that keeps it."""

import re

import pytest

from tests.test_map import ROOT, missing

PAGE = (ROOT / "docs" / "phones.md").read_text()
_RULES, _WALK = PAGE.split("\n## Ten minutes")
RULES = {rule.splitlines()[0]: rule for rule in re.split(r"^### ", _RULES, flags=re.MULTILINE)[1:]}
STEPS = re.findall(r"^(\d+)\. (.+)$", _WALK, re.MULTILINE)
# Those who make the browsers, and those who write what they keep to.
SOURCES = r"https://(webkit\.org|developer\.(chrome\.com|mozilla\.org)|chromestatus\.com|web\.dev|www\.w3\.org|w3c\.github\.io|www\.rfc-editor\.org)/"
PLACE = re.compile(r"`((?:web|media)/[\w./]+(?::[\w.#-]+)?)`")


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_a_source_and_is_kept_where_the_page_says(rule: str) -> None:
    places = PLACE.findall(RULES[rule])
    assert re.search(rf"\]\({SOURCES}", RULES[rule])
    assert places
    assert [missing(place) for place in places if missing(place)] == []


def test_every_place_of_the_page_is_looked_at() -> None:
    assert len(RULES) >= 15
    looked_at = [place for rule in RULES.values() for place in PLACE.findall(rule)]
    named = [said for said in re.findall(r"`([^`\n]+)`", _RULES) if re.match(r"(web|media)/", said)]
    assert looked_at == named


def test_the_walk_is_one_of_minutes() -> None:
    assert [int(number) for number, _ in STEPS] == list(range(1, len(STEPS) + 1))
    assert 12 <= len(STEPS) <= 18


def test_no_video_leaves_the_page() -> None:
    pages = "".join(page.read_text() for page in (ROOT / "web" / "templates").rglob("*.html"))
    videos = re.findall(r"<video[^>]*>", pages)
    assert len(videos) >= 4
    assert [video for video in videos if "playsinline" not in video] == []


def test_nothing_narrows_what_a_browser_offers() -> None:
    for script in (ROOT / "web" / "client").rglob("*.ts"):
        assert not re.search(r"setCodecPreferences|preferCodec|a=rtpmap", script.read_text()), (
            script
        )
