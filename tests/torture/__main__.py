"""The long tests: ``python -m tests.torture [PART ...] [--minutes N]``; figures go to docs/reliability/PART.json.

Parts: attacks (2 minutes), stops (5), kept (8), archive (5), cluster (10), together (10), disk (6), load (twice 30),
fuzz (10 for each of 10 targets).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from tests.torture.attacks import Outcome

ROOT = Path(__file__).resolve().parent.parent.parent
RESULTS = ROOT / "docs" / "reliability"
SEEDS, FINDINGS = ROOT / ".cache" / "fuzz", ROOT / "tests" / "torture" / "findings"
KILLS, WORKERS = 200, 4
SPREAD, TAKEN_OVER = 2000, 10  # documents over servers; times that a standby takes over
QUESTIONS, ARTICLES, STOPS = 10_000, 500, 20
LINES, NODES = 150, (2, 3)


def attacks(_: float) -> dict[str, Any]:
    from qa.answering.parts import load_parts
    from qa.settings import load_settings
    from tests.torture.attacks import run

    outcomes = list(run(load_parts(load_settings().settings)))
    kinds = dict.fromkeys(o.kind for o in outcomes)
    return {
        "attacks": len({(o.kind, o.attack) for o in outcomes}),
        "questions": len(outcomes),
        "form changed": sum(bool(o.wrong) for o in outcomes),
        "content changed, %": _share(outcomes),
        "content changed by kind, %": {
            kind: round(
                100 * sum(o.changed for o in outcomes if o.kind == kind) / sum(o.kind == kind for o in outcomes)
            )
            for kind in kinds
        },
        "changed": [[o.kind, o.attack, o.question, o.answer] for o in outcomes if o.changed],
        "wrong": [[o.kind, o.attack, o.question, o.answer, *o.wrong] for o in outcomes if o.wrong],
    }


def _share(outcomes: Sequence[Outcome]) -> float:
    return round(100 * sum(o.changed for o in outcomes) / len(outcomes), 1)


def stops(_: float) -> dict[str, Any]:
    from tests.torture.stops import kill

    with tempfile.TemporaryDirectory() as folder:
        os.environ["QA_HOME"] = f"{folder}/work/home"
        return dict(kill(Path(folder) / "work", KILLS, seed=1))


def kept(_: float) -> dict[str, Any]:
    from tests.torture.kept import disks, kill

    with tempfile.TemporaryDirectory() as folder:
        os.environ["QA_HOME"] = f"{folder}/work/home"
        return {"killed": dict(kill(Path(folder) / "work", KILLS, seed=1)), "full disks": disks()}


def archive(_: float) -> dict[str, Any]:
    from tests.torture.archive import can_fill, full_disk, shards, standby

    return {
        "shards": shards(SPREAD),
        "standby": {"times": TAKEN_OVER, **standby(TAKEN_OVER, 5.0)},
        "full disk": full_disk() if can_fill() else "root alone can try it",
    }


def cluster(_: float) -> dict[str, Any]:
    from qa.settings import load_settings
    from tests.torture.cluster import run

    article = next((ROOT / "seeds").glob("*.md"))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["QA_HOME"] = folder
        return run(article, load_settings().settings, LINES, NODES)


def together(minutes: float) -> dict[str, Any]:
    from tests.torture.stops import together as run

    with tempfile.TemporaryDirectory() as folder:
        os.environ["QA_HOME"] = f"{folder}/work/home"
        return {"workers": WORKERS, "minutes": minutes, **run(Path(folder) / "work", WORKERS, minutes * 60)}


def disk(_: float) -> dict[str, Any]:
    from tests.torture.disk import run

    return dict(run())


def load(_: float) -> dict[str, Any]:
    from tests.torture.load import run

    made: dict[str, Any] = {}
    for name, stops in (("undisturbed", 0), ("killed", STOPS)):
        with tempfile.TemporaryDirectory() as folder:
            made[name] = run(Path(folder) / "work", questions=QUESTIONS, articles=ARTICLES, stops=stops)
    return msgspec.to_builtins(made)  # type: ignore[no-any-return]


def fuzz(minutes: float) -> dict[str, Any]:
    from tests.torture.samples import SAMPLES

    made: dict[str, Any] = {}
    for target in SAMPLES:
        seeds, findings = SEEDS / target / "seeds", FINDINGS / target.lstrip(".")
        module = [sys.executable, "-W", "ignore", "-m", "tests.torture.fuzz"]
        command = [*module, target, str(int(minutes * 60)), str(seeds), str(findings)]
        with tempfile.TemporaryDirectory() as home:
            around = {**os.environ, "QA_HOME": home}
            quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
            done = subprocess.run(command, cwd=ROOT, env=around, check=False, **quiet)
        lines = [line for line in done.stderr.splitlines() if line.startswith("stat::number_of_executed_units")]
        made[target] = {
            "minutes": minutes,
            "inputs": int(lines[-1].split()[-1]) if lines else 0,
            "found": sorted(p.name for p in findings.iterdir()),
            "status": done.returncode,
        }
    return made


PARTS = {
    "attacks": attacks,
    "stops": stops,
    "kept": kept,
    "archive": archive,
    "cluster": cluster,
    "together": together,
    "disk": disk,
    "load": load,
    "fuzz": fuzz,
}


def main() -> None:
    """Run the parts that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--minutes", type=float, default=10.0, help="for `together`, and for each target of `fuzz`")
    arguments = parser.parse_args()
    if unknown := [p for p in arguments.parts if p not in PARTS]:
        parser.error(f"no part is called {unknown[0]}; there are {', '.join(PARTS)}")
    RESULTS.mkdir(exist_ok=True)
    for name in arguments.parts or PARTS:
        began = time.monotonic()
        made = PARTS[name](arguments.minutes)
        made = {"seconds": round(time.monotonic() - began), **made}
        (RESULTS / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(made)) + b"\n")
        print(name, Counter({k: v for k, v in made.items() if isinstance(v, int)}), flush=True)


if __name__ == "__main__":
    main()
