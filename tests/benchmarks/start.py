"""Whole processes: one question of a script, and the commands that need no model."""

from __future__ import annotations

import json

from tests.benchmarks.measure import ARTICLE, ROOT, median, process

QUESTION = "Who commands the offensive?"
ROUNDS = 5


def cold() -> dict[str, object]:
    """`qa ask` on an indexed article against the obvious script, which writes as many tokens."""
    ask = ("-m", "qa", "ask", QUESTION, "-s", ARTICLE, "--json")
    process(*ask)  # builds the index, and what is kept of the model
    tokens = json.loads(process(*ask).output)["timings"]["completion_tokens"]
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(process(*ask))
        theirs.append(process(ROOT / "tests" / "benchmarks" / "obvious.py", ARTICLE, QUESTION, max(1, tokens)))
    seconds, obvious_seconds = median(r.seconds for r in ours), median(r.seconds for r in theirs)
    peak, obvious_peak = max(r.peak_mb for r in ours), max(r.peak_mb for r in theirs)
    return {
        "question": QUESTION,
        "tokens": tokens,
        "seconds": seconds,
        "obvious_seconds": obvious_seconds,
        "ratio": seconds / obvious_seconds,
        "peak_mb": peak,
        "obvious_peak_mb": obvious_peak,
        "peak_ratio": peak / obvious_peak,
    }


def commands() -> dict[str, object]:
    """Seconds that the small commands take over `python -c pass`."""
    ways = {
        "pass": ("-c", "pass"),
        "help": ("-m", "qa", "--help"),
        "list": ("-m", "qa", "list"),
        "usage error": ("-m", "qa", "ask", "--no-such-flag"),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(2 * ROUNDS):
        for name, arguments in ways.items():
            taken[name].append(process(*arguments).seconds)
    base = median(taken["pass"])
    return {name: median(seconds) - base for name, seconds in taken.items() if name != "pass"}
