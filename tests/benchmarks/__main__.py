"""Every benchmark: ``python -m tests.benchmarks``; results go to docs/benchmarks/ as JSON, Markdown and pictures."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tests.benchmarks import archive, start, warm
from tests.benchmarks.measure import ROOT, process

OUT = ROOT / "docs" / "benchmarks"
PACKAGES = ("faiss-cpu", "llama-cpp-python", "onnxruntime", "sentence-transformers", "tantivy", "torch")


def main() -> None:
    results: dict[str, Any] = {"machine": machine()}
    results["commands"] = say("commands", start.commands())
    results["cold"] = say("cold", start.cold())
    results["warm"] = say("warm", warm.warm())
    results["phases"] = say("phases", json.loads(process("-m", "tests.benchmarks", "phases").output))
    results["encoding"], vectors = archive.encoding()
    say("encoding", results["encoding"])
    results["sizes"] = archive.sizes(vectors)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    text = table(results)
    (OUT / "results.md").write_text(text, encoding="utf-8")
    plot(results["sizes"], OUT / "sizes.png")
    print(text)


def say(name: str, result: Any) -> Any:
    print(f"{name}: {json.dumps(result)[:400]}", flush=True)
    return result


def machine() -> dict[str, str]:
    cpu = platform.processor()
    if Path("/proc/cpuinfo").exists():
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
        cpu = found.group(1) if found else cpu
    return {
        "processor": cpu,
        "cores": str(os.cpu_count()),
        "system": platform.platform(),
        "python": platform.python_version(),
        "date": datetime.now(timezone.utc).date().isoformat(),
        **{name: importlib.metadata.version(name) for name in PACKAGES},
    }


def table(results: dict[str, Any]) -> str:
    """Write the results beside their floors, and the costs by size."""
    cold, hot, encoding, largest = results["cold"], results["warm"], results["encoding"], results["sizes"][-1]
    rows = [
        ("cold question, whole process", f"{cold['seconds']:.2f} s", f"{cold['ratio']:.2f} x", "0.28 x"),
        ("the same, peak memory", f"{cold['peak_mb']:.0f} MB", f"{cold['peak_ratio']:.2f} x", "0.80 x"),
        *((f"`qa`: {n}", "", f"+{s:.2f} s", "+0.25 s") for n, s in results["commands"].items()),
        ("warm question, first words", f"{hot['first_seconds']:.2f} s", f"{hot['first_ratio']:.2f} x", ""),
        ("warm question, total", f"{hot['total_seconds']:.2f} s", f"{hot['total_ratio']:.2f} x", "0.60 x"),
        ("the same, against its parts timed alone", "", f"{hot['parts_ratio']:.2f} x", "1.10 x"),
        ("prompt tokens reused", "", "all that can be" if hot["reused"] else "not all", "all"),
        (
            "encoding, passages a second",
            f"{encoding['passages_a_second']:.0f}",
            f"{encoding['ratio']:.2f} x, cosine {encoding['lowest_cosine']:.4f}",
            "2.0 x, 0.999",
        ),
        (
            f"search in {largest['passages']:,} passages",
            f"{largest['query_ms']:.1f} ms, {largest['resident_mb']:.0f} MB",
            f"recall@10 {largest['recall']:.3f}",
            "0.98, 20 ms, 1 GB",
        ),
    ]
    facts = results["machine"]
    lines = [
        f"Measured by `make bench` on {facts['date']}: {facts['processor']}, {facts['cores']} cores, "
        f"Python {facts['python']}, " + ", ".join(f"{n} {facts[n]}" for n in PACKAGES) + ".",
        "",
        "| what | value | against the obvious way | floor |",
        "| --- | --- | --- | --- |",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        "| passages | index, s | open, s | query, ms | by words, ms | resident, MB | recall@10 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(
            f"| {s['passages']:,} | {s['index_s']:.2f} | {s['open_s']:.3f} | {s['query_ms']:.2f} | "
            f"{s['words_ms']:.2f} | {s['resident_mb']:.0f} | {s['recall']:.3f} |"
            for s in results["sizes"]
        ),
        "",
        "| phase | seconds or tokens |",
        "| --- | --- |",
        *(f"| {name} | {value:.3f} |" for name, value in results["phases"].items()),
    ]
    return "\n".join(lines) + "\n"


def plot(sizes: list[dict[str, float]], path: Path) -> None:
    """Draw cost against size, both logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot(xlabel="passages", xscale="log", yscale="log")
    for name, label in (
        ("index_s", "index, s"),
        ("query_ms", "query, ms"),
        ("words_ms", "query by words, ms"),
        ("resident_mb", "resident, MB"),
    ):
        axes.plot([s["passages"] for s in sizes], [max(s[name], 1e-3) for s in sizes], marker="o", label=label)
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    import sys

    if sys.argv[1:] == ["phases"]:
        print(json.dumps(warm.phases()))
    else:
        main()
