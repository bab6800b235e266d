"""Fits the confidence: ``python -m qa.training.calibrate --questions FILE [--source FILE] ... --out FILE``.

For every gold question the reader's own answer is judged, and a logistic regression of "right" on the features of the
evidence is fitted. Repeat --questions with --source for further sets; each set weighs the same.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from qa import rewriter
from qa.assistant import Assistant
from qa.citations import render
from qa.evaluation import judge
from qa.evidence import features, rank
from qa.gold import read_gold
from qa.loader import load
from qa.models import load_parts
from qa.questions import source_beside
from qa.settings import load_settings
from qa.types import Answer, Models
from qa.writer import literal


def rows(questions: Path, source: str | None) -> list[tuple[dict[str, float], bool]]:
    """Return the features of each gold question's evidence, and whether the reader's answer is right."""
    settings = load_settings({}).settings
    assistant = Assistant([source] if source else [], settings, load_parts(settings))
    made = []
    for gold in read_gold(questions):
        sources = (source_beside(gold.source, questions.parent),) if gold.source else assistant.sources
        asked = rewriter.standalone(gold.question, gold.history)
        hits = assistant.retriever(sources).retrieve(asked, settings.retrieved_passages)
        candidates = rank(asked, hits, assistant.parts.reader)
        written = [s for s in [literal(candidates[0])] if s]
        text, citations = render(written)
        answer = Answer(gold.question, asked, "answered", text, citations, 1.0, Models("", ""))
        judged = judge(gold, answer, load(sources[0], max_bytes=settings.max_bytes).text)
        made.append((features(asked, candidates), judged.right and gold.answerable))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, action="append", required=True)
    parser.add_argument(
        "--source", action="append", default=[], help="article of the set at the same place; - for none"
    )
    parser.add_argument("--rows", type=Path, help="keep the features here, or take them from here if the file exists")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.rows and arguments.rows.exists():
        sets = json.loads(arguments.rows.read_text())
    else:
        sources = [None if s == "-" else s for s in arguments.source] + [None] * len(arguments.questions)
        sets = [rows(q, s) for q, s in zip(arguments.questions, sources, strict=False)]
        if arguments.rows:
            arguments.rows.write_text(json.dumps(sets))
    names = list(sets[0][0][0])
    x = np.array([[one[n] for n in names] for made in sets for one, _ in made])
    y = np.array([right for made in sets for _, right in made])
    weights = np.concatenate([np.full(len(made), 1 / len(made)) for made in sets]) * len(y) / len(sets)
    fitted = LogisticRegression(C=1.0).fit(x, y, sample_weight=weights)
    made = {"bias": float(fitted.intercept_[0]), **dict(zip(names, map(float, fitted.coef_[0]), strict=True))}
    arguments.out.write_text(json.dumps({n: round(w, 4) for n, w in made.items()}, indent=1) + "\n")
    print(arguments.out.read_text())


if __name__ == "__main__":
    main()
