"""What an hour of talk leaves behind, in bytes with its indexes, and how fast old beats are swept.

.venv/bin/python -m benchmarks.growth [--rows N]
"""

import argparse
import time

import psycopg

from benchmarks.report import machine, table
from benchmarks.server import durable_server, new_database

ROWS = 1_000_000
# Beats of both sides in an hour, one each five seconds; a talk of so many.
BEATS_AN_HOUR = 1_440
PORTION = 20

# A talk's own rows are not looked at: nothing but the size of what it leaves is asked.
_BEATS = """
INSERT INTO beats (talk_id, side, at, media, packets, lost, rtt_ms, hidden, audio_received,
  audio_ago_ms, audio_sent, audio_report_ms, audio_on, video_received, video_ago_ms, video_sent,
  video_report_ms, video_on)
SELECT i / %(hour)s, CASE i %% 2 WHEN 0 THEN 'caller' ELSE 'cast' END,
  now() - interval '40 days' + i * interval '2.5 s', true, i * 250, i %% 7, 40, false,
  250, 20, 250, 900, true, 300, 20, 300, 800, true
FROM generate_series(1, %(rows)s) i
"""
_CHARGES = """
INSERT INTO charges (talk_id, minute, payer_wallet, cast_wallet, gross, share, fee, at,
  balance_after)
SELECT i / 60, i %% 60 + 1, 1, 2, 100, 80, 20, now() + i * interval '1 s', 0
FROM generate_series(1, %(rows)s) i
"""
_USES = """
INSERT INTO lot_uses (talk_id, minute, lot_id, amount)
SELECT i / 60, i %% 60 + 1, i / 50, 100 FROM generate_series(1, %(rows)s) i
"""
FILLS = {"beats": _BEATS, "charges": _CHARGES, "lot_uses": _USES}
# Rows that an hour of one talk leaves.
AN_HOUR = {"beats": BEATS_AN_HOUR, "charges": 60, "lot_uses": 60}


def fill(owner: psycopg.Connection, rows: int) -> dict[str, float]:
    """Fill each table by itself; return its bytes a row, indexes and all."""
    found = {}
    owner.execute("SET session_replication_role = replica")
    for name, query in FILLS.items():
        owner.execute(query.encode(), {"rows": rows, "hour": BEATS_AN_HOUR})
        row = owner.execute("SELECT pg_total_relation_size(%s)", [name]).fetchone()
        assert row
        found[name] = row[0] / rows
    return found


def sweep(owner: psycopg.Connection, rows: int) -> float:
    """Delete the beats of all talks in portions, as the sweep does; return the rows a second."""
    begun = time.monotonic()
    for first in range(0, rows // BEATS_AN_HOUR + 1, PORTION):
        owner.execute(
            "DELETE FROM beats WHERE talk_id >= %s AND talk_id < %s", [first, first + PORTION]
        )
    return rows / (time.monotonic() - begun)


def main(rows: int) -> None:
    """Measure, and print a table."""
    print(machine())
    with durable_server() as server:
        _, owner_url = new_database(server, "growth")
        with psycopg.connect(owner_url, autocommit=True) as owner:
            found = fill(owner, rows)
            swept = sweep(owner, rows)
    lines = [
        [name, f"{found[name]:.0f}", f"{AN_HOUR[name]:,}", f"{found[name] * AN_HOUR[name]:,.0f}"]
        for name in FILLS
    ]
    print(table(["table", "bytes a row", "rows an hour of talk", "bytes an hour"], lines))
    print(f"beats swept: {swept:,.0f} a second")
    print(machine())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    main(parser.parse_args().rows)
