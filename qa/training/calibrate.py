"""Fits the confidence: ``python -m qa.training.calibrate --questions FILE [--source FILE] ... --out FILE``.

For every gold question the reader's own answer is judged, and a logistic regression of "right" on the features of the
evidence is fitted. Repeat --questions with --source for further sets.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
from sklearn.linear_model import LogisticRegression

from qa.answering.assistant import Assistant
from qa.answering.citations import render
from qa.answering.evidence.confidence import probability
from qa.answering.parts import Parts, load_parts
from qa.answering.write import in_full, literal
from qa.evaluation.metrics import judge
from qa.evaluation.run import read_gold
from qa.models.select import load_larger_reader
from qa.paths import WEIGHTS
from qa.records.lines import GoldQuestion, source_beside
from qa.settings import BUNDLED, Settings, load_settings
from qa.sources.read import load
from qa.types import Answer, Models

SEED = 7
FOREIGN = 4  # own questions for one of another article
Row = tuple[int, dict[str, float], bool]


def parts_with(settings: Settings) -> Parts:
    """Make the models. A larger reader starts from the bundled one's calibration: it has none of its own yet.

    Raises:
        QAError: a model is missing.
    """
    if settings.reader in {BUNDLED, "none"}:
        return load_parts(settings)
    parts = load_parts(msgspec.structs.replace(settings, reader="none"))
    return replace(parts, reader=load_larger_reader(settings, calibration=WEIGHTS / "calibration.json"))


def rows(
    questions: Path, source: str | None, foreign: Sequence[GoldQuestion] = (), *, reader: str = BUNDLED
) -> list[Row]:
    """Return (question, features, right) of each candidate of each gold question.

    Some ``foreign`` questions, of other articles, are asked of the set's articles too: nothing there is right.
    """
    settings = load_settings({"reader": reader}).settings
    assistant = Assistant([source] if source else [], settings, parts_with(settings))
    if assistant.parts.reader is None:
        raise SystemExit("there is no reader to calibrate")
    made = []
    own = read_gold(questions)
    articles = sorted({g.source for g in own if g.source}) or [None]
    draw = random.Random(SEED)
    strangers = draw.sample(foreign, min(len(foreign), max(1, len(own) // FOREIGN)))
    for stranger in strangers:
        elsewhere = [a for a in articles if a != stranger.source]
        if elsewhere:
            changed = {"source": draw.choice(elsewhere), "answerable": False, "answers": [], "answer_spans": []}
            own.append(msgspec.structs.replace(stranger, **changed))
    for number, gold in enumerate(own):
        sources = (source_beside(gold.source, questions.parent),) if gold.source else assistant.sources
        evidence = assistant.find_evidence(gold.question, history=gold.history, sources=sources)
        text, asked = load(sources[0], settings.limits).text, evidence.standalone_question
        for candidate in evidence.candidates:
            said, citations = render([s for s in [in_full(asked, candidate) or literal(candidate)] if s])
            answer = Answer(gold.question, asked, "answered", said, citations, 1.0, Models("", ""))
            right = gold.answerable and judge(gold, answer, text).right
            made.append((number, dict(candidate.features), right))
    return made


def best(made: list[Row], weights: dict[str, float]) -> list[tuple[float, bool]]:
    """Return the probability and the rightness of each question's first candidate under ``weights``."""
    top: dict[int, tuple[float, bool]] = {}
    for number, values, right in made:
        sure = probability(values, weights)
        if number not in top or sure > top[number][0]:
            top[number] = (sure, right)
    return list(top.values())


def fit(sets: list[list[Row]], rounds: int = 3) -> dict[str, float]:
    """Fit on all candidates to order them, then again on those that come first, which are what is shown."""
    names = list(sets[0][0][1])

    # A set counts by the fourth root of its size: a few questions on news are not drowned by many on an encyclopedia.
    def fitted(chosen: list[list[Row]]) -> dict[str, float]:
        x = np.array([[values[n] for n in names] for made in chosen for _, values, _ in made])
        y = np.array([right for made in chosen for _, _, right in made])
        weight = np.concatenate([np.full(len(m), len(m) ** -0.75) for m in chosen])
        model = LogisticRegression(C=1.0, max_iter=1000).fit(x, y, sample_weight=weight / weight.mean())
        return {"bias": float(model.intercept_[0]), **dict(zip(names, map(float, model.coef_[0]), strict=True))}

    weights = fitted(sets)
    for _ in range(rounds):
        tops = []
        for made in sets:
            first: dict[int, Row] = {}
            for row in made:
                if row[0] not in first or probability(row[1], weights) > probability(first[row[0]][1], weights):
                    first[row[0]] = row
            tops.append(list(first.values()))
        # The order comes from all candidates, the level from the first ones: a slope and a shift of the whole.
        x = np.array([[_logit(probability(v, weights))] for made in tops for _, v, _ in made])
        y = np.array([right for made in tops for _, _, right in made])
        weight = np.concatenate([np.full(len(m), len(m) ** -0.75) for m in tops])
        level = LogisticRegression(C=100.0).fit(x, y, sample_weight=weight / weight.mean())
        slope, shift = float(level.coef_[0][0]), float(level.intercept_[0])
        weights = {n: slope * w for n, w in weights.items()}
        weights["bias"] += shift
    return weights


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, action="append", required=True)
    parser.add_argument(
        "--source", action="append", default=[], help="article of the set at the same place; - for none"
    )
    parser.add_argument("--rows", type=Path, help="keep the features here, or take them from here if the file exists")
    parser.add_argument("--reader", default=BUNDLED, help="as the setting: bundled, or a folder with a larger reader")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.rows and arguments.rows.exists():
        sets = [[tuple(row) for row in made] for made in json.loads(arguments.rows.read_text())]
    else:
        sources = [None if s == "-" else s for s in arguments.source] + [None] * len(arguments.questions)
        # The set over the most articles lends its questions to the others, and to its own other articles.
        pool = max((read_gold(q) for q in arguments.questions), key=lambda gold: len({g.source for g in gold}))
        sets = [rows(q, s, pool, reader=arguments.reader) for q, s in zip(arguments.questions, sources, strict=False)]
        if arguments.rows:
            arguments.rows.write_text(json.dumps(sets))
    weights = fit(sets)
    arguments.out.write_text(json.dumps({n: round(w, 4) for n, w in weights.items()}, indent=1) + "\n")
    for made in sets:
        first = best(made, weights)
        print(
            f"{len(first)} questions, {sum(r for _, r in first) / len(first):.3f} right without refusing,"
            f" mean confidence {sum(p for p, _ in first) / len(first):.3f}"
        )


if __name__ == "__main__":
    main()
