"""How things are measured: medians, whole processes with their peak memory, and turns."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ARTICLE = ROOT / "seeds" / "syria-offensive.md"
median = statistics.median


@dataclass(frozen=True)
class Run:
    """One process: seconds from start to end, peak resident memory in MB, and what it printed."""

    seconds: float
    peak_mb: float
    output: str


def process(*arguments: object) -> Run:
    """Run this Python with ``arguments`` to its end."""
    command = [sys.executable, *map(str, arguments)]
    began = time.perf_counter()
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert child.stdout
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in {0, 2, 3}:
        raise SystemExit(f"{' '.join(command)}: status {child.returncode}")
    scale = 1e6 if sys.platform == "darwin" else 1e3
    return Run(seconds, usage.ru_maxrss / scale, output)


def in_turn(ways: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Time each way once a round, one after the other; seconds by way."""
    seconds: list[list[float]] = [[] for _ in ways]
    for _ in range(rounds):
        for way, taken in zip(ways, seconds, strict=True):
            began = time.perf_counter()
            way()
            taken.append(time.perf_counter() - began)
    return seconds


def resident() -> float:
    """Return the resident memory of this process, MB."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1e3
    return 0.0
