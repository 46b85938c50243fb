"""What a browser says it is, in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.sign_in.user_agents import Agent, agent_of

KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
ANDROID, WINDOWS = "(Linux; Android 10; K)", "(Windows NT 10.0; Win64; x64)"
IPHONE, MAC = "(iPhone; CPU iPhone OS 17_5 like Mac OS X)", "(Macintosh; Intel Mac OS X 10_15_7)"
CHROME = "Chrome/130.0.0.0 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("header", "browser", "system"),
    [
        (f"Mozilla/5.0 {ANDROID} {KIT} {CHROME}", "Chrome", "Android"),
        (f"Mozilla/5.0 {WINDOWS} {KIT} {CHROME} Edg/130.0", "Edge", "Windows"),
        (f"Mozilla/5.0 {WINDOWS} {KIT} {CHROME} OPR/114.0", "Opera", "Windows"),
        (f"Mozilla/5.0 {IPHONE} {KIT} Version/17.5 Safari/604.1", "Safari", "iPhone"),
        (f"Mozilla/5.0 {IPHONE} {KIT} CriOS/130.0 Safari/604.1", "Chrome", "iPhone"),
        (f"Mozilla/5.0 {IPHONE} {KIT} Safari Line/14.9.0", "LINE", "iPhone"),
        (f"Mozilla/5.0 {MAC} {KIT} Version/17.5 Safari/605.1.15", "Safari", "Mac"),
        ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/132.0", "Firefox", "Linux"),
        (f"Mozilla/5.0 {ANDROID} SamsungBrowser/26.0 {CHROME}", "Samsung Internet", "Android"),
        ("curl/8.5.0", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_browser_is_known_by_its_words(
    header: str | None, browser: str | None, system: str | None
) -> None:
    assert agent_of(header) == Agent(browser, system)


@given(st.text(max_size=3000))
def test_whatever_a_header_says_little_of_it_is_kept(header: str) -> None:
    found = agent_of(header)
    assert len(found.browser or "") <= 30
    assert len(found.system or "") <= 30
