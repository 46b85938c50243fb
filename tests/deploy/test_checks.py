"""`./run test` says what its checks said: nothing else decides how it ends."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The checks themselves are left out; each is said to have ended so.
PLAYED = """
set -euo pipefail
. deploy/checks.sh
install() { :; }
install_browser() { :; }
install_networks() { :; }
install_firefox() { :; }
check_code() { :; }
check() { printf '%s %s\\n' "$RESULT" "$1" >>"$KEPT/results"; }
NODE=node
run_checks "$@"
"""


@pytest.mark.parametrize(("result", "code"), [("ok", 0), ("FAILED", 1)])
def test_it_ends_as_its_checks_did_and_leaves_nothing(
    result: str, code: int, tmp_path: Path
) -> None:
    known = os.environ | {"RESULT": result, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-c", PLAYED],
        check=False,
        cwd=ROOT,
        env=known,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, f"{result} tests" in done.stdout) == (code, True), done.stderr
    assert list(tmp_path.iterdir()) == []
