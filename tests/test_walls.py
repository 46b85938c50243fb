"""What must never stand in a file of the project."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = [
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-node.lock",
    "package-lock.json",
]


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_name_no_host(lock: str) -> None:
    assert not re.search(
        r"https?://(?!opencollective|github\.com/sponsors)", (ROOT / lock).read_text()
    )


@pytest.mark.parametrize("lock", LOCKS[:3])
def test_every_locked_package_has_a_hash(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("script", ["run", ".ci/run", *sorted(
    str(path.relative_to(ROOT)) for path in (ROOT / "deploy").glob("*.sh")
)])  # fmt: skip
def test_shell_scripts_parse(script: str) -> None:
    done = subprocess.run(["bash", "-n", ROOT / script], capture_output=True, check=False)
    assert done.stderr == b""


def test_the_development_lock_holds_the_same_versions_as_the_runtime_one() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+==\S+)", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")
