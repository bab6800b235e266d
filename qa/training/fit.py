"""Fits the calibration on judged candidates: which comes first, how sure it is, and whether its words stand alone.

Weights that hold for other articles than the ones fitted on: measured by cross-validation over articles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from qa.answering.evidence.confidence import DESCRIBED, described, logistic
from qa.types import Calibration

FOLDS = 5
# Inverse strengths of the regressions' regularisation, the best on articles that were left out: the features outnumber
# what a few hundred questions can tell apart.
STRENGTH = 0.03
ORDER_STRENGTH = 0.1
STATEMENT_STRENGTH = 0.3
_WRONG = 12  # wrong candidates that a right one is compared with, the likeliest first


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One candidate of a question: its features, and whether it is right as a sentence and as the words cut from it.

    ``kind`` is the kind of text, ``article`` its name; questions of an article are never on both sides of a fold.
    """

    kind: str
    article: str
    question: int
    features: dict[str, float]
    sentence: bool
    words: bool


Question = list[Row]


def questions_of(rows: Iterable[Row]) -> list[Question]:
    """Put the candidates of each question together."""
    together: dict[tuple[str, int], Question] = defaultdict(list)
    for row in rows:
        together[row.kind, row.question].append(row)
    return list(together.values())


def weight_of(questions: Sequence[Question]) -> dict[str, float]:
    """Weigh the kinds of text: a kind counts by the square root of its questions, so that no large one drowns the others."""
    counts: dict[str, int] = defaultdict(int)
    for question in questions:
        counts[question[0].kind] += 1
    return {kind: count**-0.5 for kind, count in counts.items()}


def fit(questions: Sequence[Question]) -> Calibration:
    """Fit the three regressions, each on what the one before it leads to."""
    weights = weight_of(questions)
    names = [name for name in questions[0][0].features if name not in DESCRIBED]
    order = _order(questions, weights, names)
    # How sure a question's first candidate is has to be learned from firsts that the order was not fitted on.
    firsts: list[tuple[Row, dict[str, float]]] = []
    for train, test in folds(questions):
        held = _order(train, weights, names)
        firsts += [first(question, held) for question in test]
    shown = [(row, values, row.sentence or row.words) for row, values in firsts]
    confidence = _regress(
        [values for _, values, _ in shown], [right for _, _, right in shown], [weights[r.kind] for r, _, _ in shown]
    )
    held_right = [(row, values) for row, values, _ in shown if row.sentence or row.words]
    words = _regress(
        [values for _, values in held_right],
        [row.words for row, _ in held_right],
        [weights[row.kind] for row, _ in held_right],
    )
    return Calibration(order, confidence, words)


def fit_statements(values: Sequence[Mapping[str, float]], supported: Sequence[bool]) -> dict[str, float]:
    """Fit the weights of how sure a quote supports a statement; a feature that a row lacks is 0."""
    names = sorted({name for row in values for name in row})
    full = [{name: row.get(name, 0.0) for name in names} for row in values]
    return _regress(full, supported, [1.0] * len(full), strength=STATEMENT_STRENGTH)


def folds(questions: Sequence[Question], count: int = FOLDS) -> Iterable[tuple[list[Question], list[Question]]]:
    """Split by article, the questions of one article on one side; a lone article's are split by question."""
    articles: dict[tuple[str, str], int] = {}
    for question in questions:
        key = (question[0].kind, question[0].article)
        articles.setdefault(key, len(articles))
    per_kind: dict[str, set[str]] = defaultdict(set)
    for kind, article in articles:
        per_kind[kind].add(article)

    def place(question: Question) -> int:
        lone = len(per_kind[question[0].kind]) == 1
        return (question[0].question if lone else articles[question[0].kind, question[0].article]) % count

    for fold in range(count):
        test = [q for q in questions if place(q) == fold]
        if test:
            yield [q for q in questions if place(q) != fold], test


def first(question: Question, order: Mapping[str, float]) -> tuple[Row, dict[str, float]]:
    """Return the candidate that comes first, and its features with those that tell how clearly it does."""
    values = described([row.features for row in question], [f"{i}" for i in range(len(question))], order)
    best = max(range(len(question)), key=lambda i: values[i]["order"])
    return question[best], values[best]


def held_out(questions: Sequence[Question]) -> list[tuple[Row, float, float]]:
    """Return each question's first candidate, its confidence and its words', by weights fitted on other articles."""
    found = []
    for train, test in folds(questions):
        calibration = fit(train)
        for question in test:
            row, values = first(question, calibration.order)
            found.append((row, logistic(values, calibration.confidence), logistic(values, calibration.words)))
    return found


def _order(questions: Sequence[Question], weights: Mapping[str, float], names: Sequence[str]) -> dict[str, float]:
    """Learn from pairs, a right candidate and a wrong one of the same question (Joachims, 2002)."""
    differences: list[NDArray[np.float64]] = []
    weighed = []
    for question in questions:
        right = [row for row in question if row.sentence or row.words]
        wrong = [row for row in question if not (row.sentence or row.words)]
        wrong = sorted(wrong, key=lambda row: -row.features.get("answerable", 0.0))[:_WRONG]
        for one in right:
            for other in wrong:
                differences.append(np.array([one.features[n] - other.features[n] for n in names]))
                weighed.append(weights[one.kind] / (len(right) * len(wrong)))
    x = np.array(differences)
    both = np.concatenate([x, -x])
    y = np.array([1] * len(x) + [0] * len(x))
    weight = np.array(weighed * 2)
    model = LogisticRegression(C=ORDER_STRENGTH, fit_intercept=False, max_iter=2000)
    model.fit(both, y, sample_weight=weight / weight.mean())
    return {n: round(float(s), 4) for n, s in zip(names, model.coef_[0], strict=True)}


def _regress(
    values: Sequence[Mapping[str, float]],
    right: Sequence[bool],
    weights: Sequence[float],
    *,
    strength: float = STRENGTH,
) -> dict[str, float]:
    names = list(values[0])
    x = np.array([[v[n] for n in names] for v in values])
    scaler = StandardScaler().fit(x)
    weight = np.array(weights)
    model = LogisticRegression(C=strength, max_iter=5000)
    model.fit(scaler.transform(x), np.array(right), sample_weight=weight / weight.mean())
    slopes = model.coef_[0] / scaler.scale_
    bias = float(model.intercept_[0] - slopes @ scaler.mean_)
    return {"bias": round(bias, 4), **{n: round(float(s), 4) for n, s in zip(names, slopes, strict=True)}}
