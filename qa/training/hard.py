"""Chooses what to train on next: ``python -m qa.training.hard --data POOL --reader FOLDER --out FILE``.

Most questions teach a trained reader nothing more, and a pass backward costs as much for them as for the others. A pass
forward in 8 bits costs a fifth of a training step, so a stretch is spent on what the reader before it gets wrong
(selective backprop, Jiang et al., 2019, with the losses taken once).
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean

from qa.models.encoder import BundledEncoder, bundled_folder
from qa.models.readers.mpnet import MPNetReader
from qa.paths import WEIGHTS
from qa.protocols import Reader
from qa.training.data import name_of, questions_of, span_of
from qa.training.sentences import held_back

SOURCES = ("squad2", "written")  # the ones with unanswerable questions that somebody wrote
HARD = 0.25  # share of the rows that is kept for its loss
EASY = 0.08  # share of the others that is kept all the same, so that what is known is not forgotten
SEED = 3


def loss_of(row: Mapping, reader: Reader) -> float:
    """Return how wrong a reader is about a row's passage: the log-loss of answerable, and one more for a wrong span."""
    (readings,) = reader.read(row["question"], [row["context"]])
    log_odds = readings[0].answerable if readings else -math.inf
    if not row["answerable"]:
        return math.log1p(math.exp(min(30.0, log_odds)))
    right = span_of(row) or row.get("evidence")
    touched = right is None or (readings and readings[0].start < right[1] and right[0] < readings[0].end)
    return math.log1p(math.exp(min(30.0, -log_odds))) + (not touched)


def chosen(losses: Mapping[str, float], rng: random.Random) -> list[str]:
    """Return the names of the rows to train on: the hardest, hardest first, and some of the others."""
    ranked = sorted(losses, key=lambda name: -losses[name])
    hard = round(HARD * len(ranked))
    return ranked[:hard] + rng.sample(ranked[hard:], round(EASY * (len(ranked) - hard)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the training pool")
    parser.add_argument("--reader", type=Path, default=WEIGHTS, help="folder with a larger reader")
    parser.add_argument("--out", type=Path, required=True, help="file for the names of the rows")
    arguments = parser.parse_args()
    reader = MPNetReader(BundledEncoder(bundled_folder()), folder=arguments.reader)
    rows = [r for r in questions_of(arguments.data) if r["source"] in SOURCES and not held_back(r["context"])]
    losses = {name_of(r["context"], r["question"]): loss_of(r, reader) for r in rows}
    names = chosen(losses, random.Random(SEED))
    arguments.out.write_text(json.dumps(names), encoding="utf-8")
    chosen_mean, mean = fmean(losses[n] for n in names), fmean(losses.values())
    print(f"{len(names)} of {len(rows)} rows, with a mean loss of {chosen_mean:.2f} ({mean:.2f})")


if __name__ == "__main__":
    main()
