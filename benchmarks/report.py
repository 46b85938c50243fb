"""How a benchmark tells what it found: a Markdown table, its goals, the state of the machine."""

import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; the first column reads from the left, figures from the right."""
    marks = ["---"] + ["---:"] * (len(head) - 1)
    lines = [head, marks, *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rate(samples: Sequence[float]) -> str:
    """The median of some rates with the slowest and the fastest."""
    return f"{median(samples):,.0f} ({min(samples):,.0f}–{max(samples):,.0f})"


def ratio(samples: Sequence[float], against: Sequence[float]) -> float:
    """The median of how many times faster one was than the other, turn by turn."""
    return median(one / other for one, other in zip(samples, against, strict=True))


def goal(text: str, reached: bool) -> str:
    """One line that says whether a goal was reached."""
    return f"- {'reached' if reached else 'MISSED'}: {text}"


def machine() -> str:
    """What this ran on, and how busy that was: cores, memory, load of 1, 5 and 15 minutes."""
    total = _kilobytes("MemTotal", Path("/proc/meminfo")) / 1024**2
    loads = " ".join(f"{load:.1f}" for load in os.getloadavg())
    python = platform.python_version()
    return f"{os.cpu_count()} cores, {total:.0f} GiB, Python {python}, load {loads}"


def resident_kilobytes(pid: int) -> int:
    """The memory that a process has in RAM, in KiB."""
    return _kilobytes("VmRSS", Path(f"/proc/{pid}/status"))


def cpu_seconds(pid: int) -> float:
    """The CPU time that a process has used."""
    # The name may hold spaces; the figures begin after its bracket, with the state as the third.
    figures = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(figures[11]) + int(figures[12])) / os.sysconf("SC_CLK_TCK")


def _kilobytes(name: str, file: Path) -> int:
    for line in file.read_text("ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise LookupError(f"{file} does not tell {name}")
