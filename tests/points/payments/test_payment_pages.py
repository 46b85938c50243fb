"""What the operators' page promises of payments, against the code."""

import re
from pathlib import Path

from points.payments.events import KINDS
from points.payments.offer import TERM_SECONDS
from points.payments.troubles import TEXTS
from points.payments.ways import METHODS, RANGES
from tests.catalogues import ROOT
from web.api.domain_file import DOMAIN_FILE
from web.http.paths import WEBHOOK

PAGE = (Path(ROOT) / "docs/operating.md").read_text("utf-8")
PAYMENTS = PAGE.partition("\n## Payments\n")[2].partition("\n## ")[0]


def test_the_webhook_is_subscribed_to_what_the_code_heeds_and_nothing_else() -> None:
    webhook = PAYMENTS.partition("must\n  be subscribed to")[2].partition(".\n- ")[0]
    assert set(re.findall(r"`([a-z_.]+)`", webhook)) == KINDS
    assert f"`{WEBHOOK}`" in PAYMENTS


def test_the_ranges_of_the_methods_are_told_as_they_are() -> None:
    assert set(RANGES) == set(METHODS)
    assert RANGES["card"][0] == RANGES["link"][0] == 50
    assert "cards and Link from\n  ¥50" in PAYMENTS
    for method, word in (("konbini", "konbini"), ("paypay", "PayPay")):
        least, most = RANGES[method]  # type: ignore[index]
        assert f"{word} ¥{least:,}–{most:,}" in PAYMENTS
    assert TERM_SECONDS == 600
    assert "every ten minutes" in PAYMENTS


def test_each_alarm_about_payments_stands_on_the_page() -> None:
    for problem in (*TEXTS, "signature"):
        assert f"`payments_{problem}`" in PAGE


def test_the_domains_file_is_where_the_page_says() -> None:
    assert f"`{DOMAIN_FILE}`" in PAYMENTS
