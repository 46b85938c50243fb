"""The operators' page names every company's server that a browser is let talk to."""

import re
from pathlib import Path

from foundation.settings import Settings
from web.http.headers import content_policy

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operating.md").read_text("utf-8")
TABLE = PAGE.partition("### What browsers send to other companies")[2].partition("\n## ")[0]


def test_every_server_that_the_headers_allow_stands_in_the_table() -> None:
    policy = content_policy(Settings(demo=True), "hitotoki.example", "n", stripe=True)
    allowed = {host.removeprefix("*.") for host in re.findall(r"https://([^\s;]+)", policy)}
    assert len(allowed) >= 3
    assert [host for host in sorted(allowed) if f"`{host}`" not in TABLE] == []


def test_without_stripe_the_headers_allow_nobody() -> None:
    policy = content_policy(Settings(demo=True), "hitotoki.example", "n")
    assert "https://" not in policy
