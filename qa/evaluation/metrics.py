"""Gold questions to figures. Texts are compared as SQuAD does (Rajpurkar et al., 2016), markers dropped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from qa.answering.writing.checks.check import check
from qa.answering.writing.citations import broken, claims
from qa.records.lines import GoldQuestion
from qa.text.markers import replaced, without
from qa.types import Answer, Span

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")  # Thai to Chinese
_ARTICLE = re.compile(r"\b(a|an|the)\b")
_SEPARATOR = re.compile(r"[\W_]+")
_LONGEST = 40  # words of an answer in which a gold answer may stand
_CLOSE = 0.6  # token F1 from which an answer counts as correct


@dataclass(frozen=True, slots=True)
class Judged:
    """One gold question, what was answered, and how that compares.

    Of a long answer ``covered`` of the gold ``points`` are cited, and ``supported`` of the ``sentences`` stand in a
    quote that they cite; all four are 0 for other answers.
    """

    gold: GoldQuestion
    answer: Answer
    right: bool
    correct: bool
    f1: float
    cited: int
    overlapping: int
    literal: int
    words: int
    points: int = 0
    covered: int = 0
    sentences: int = 0
    supported: int = 0

    @property
    def abstained(self) -> bool:
        return self.answer.status == "not_in_article"


def judge(gold: GoldQuestion, answer: Answer, text: str) -> Judged:
    """Compare an answer with its gold question; ``text`` is the text of the document it was asked of."""
    abstained = answer.status == "not_in_article"
    given = normalise(answer.answer)
    f1 = 0.0 if abstained else max((token_f1(given, normalise(a)) for a in gold.answers), default=0.0)
    correct = not abstained and gold.answerable and (f1 >= _CLOSE or _contains(given, gold.answers))
    evidence = [Span(*s) for s in gold.answer_spans]
    evidence += [Span(m.start(), m.end()) for e in gold.evidence for m in re.finditer(re.escape(e), text)]
    spans = [Span(c.start, c.end) for c in answer.citations]
    overlapping = sum(any(s.overlaps(e) for e in evidence) for s in spans)
    if gold.long:
        return _judge_long(gold, answer, text, overlapping)
    return Judged(
        gold=gold,
        answer=answer,
        right=(correct and overlapping > 0) if gold.answerable else abstained,
        correct=correct,
        f1=f1,
        cited=len(spans),
        overlapping=overlapping,
        literal=len(spans) - len(broken(answer.citations, text)),
        words=len(without(answer.answer).split()),
    )


def _judge_long(gold: GoldQuestion, answer: Answer, text: str, overlapping: int) -> Judged:
    """Judge a long answer: right if it covers half of the points, and its quotes support each of its sentences."""
    spans = [Span(c.start, c.end) for c in answer.citations]
    points = [[Span(*s)] for s in gold.answer_spans]
    points += [[Span(m.start(), m.end()) for m in re.finditer(re.escape(e), text)] for e in gold.evidence]
    covered = sum(any(s.overlaps(p) for s in spans for p in places) for places in points)
    quotes = {c.number: c.quote for c in answer.citations}
    written = claims(answer.answer) if answer.citations else []
    supported = sum(any(_says(quotes[n], c.text, gold.question) for n in c.markers if n in quotes) for c in written)
    abstained = answer.status == "not_in_article"
    correct = gold.answerable and bool(written) and supported == len(written) and 2 * covered >= len(points)
    return Judged(
        gold=gold,
        answer=answer,
        right=correct if gold.answerable else abstained,
        correct=correct,
        f1=0.0
        if abstained
        else max((token_f1(normalise(answer.answer), normalise(a)) for a in gold.answers), default=0.0),
        cited=len(spans),
        overlapping=overlapping,
        literal=len(spans) - len(broken(answer.citations, text)),
        words=len(without(answer.answer).split()),
        points=len(points),
        covered=covered,
        sentences=len(written),
        supported=supported,
    )


def _says(quote: str, sentence: str, question: str) -> bool:
    literal = f" {' '.join(normalise(sentence))} " in f" {' '.join(normalise(quote))} "
    return literal or check(sentence, quote, question=question).supported


def normalise(text: str) -> list[str]:
    """Lower the case; drop markers, punctuation and a/an/the; cut into words; where no spaces part them, characters."""
    words = _ARTICLE.sub(" ", _SEPARATOR.sub(" ", replaced(text, lambda _: " ").lower()))
    return _UNSPACED.sub(r" \g<0> ", words).split()


def token_f1(given: Sequence[str], gold: Sequence[str]) -> float:
    """Return the harmonic mean, 0 to 1, of the shares of common words in both."""
    common = sum((Counter(given) & Counter(gold)).values())
    return 2 * common / (len(given) + len(gold)) if common else 0.0


def _contains(given: Sequence[str], answers: Sequence[str]) -> bool:
    joined = f" {' '.join(given)} "
    return len(given) <= _LONGEST and any(f" {' '.join(normalise(a))} " in joined for a in answers if normalise(a))


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """Return the figures in per cent, ``words`` and ``seconds`` as means; those without a base are left out."""
    answerable = [j for j in judged if j.gold.answerable]
    unanswerable = [j for j in judged if not j.gold.answerable]
    shown = [j for j in judged if not j.abstained]
    shares: dict[str, float] = {"questions": len(judged)}
    _put(shares, "right", sum(j.right for j in judged), len(judged))
    _put(shares, "correct", sum(j.correct for j in answerable), len(answerable))
    worded = [j for j in answerable if j.gold.answers]
    _put(shares, "answer_f1", sum(j.f1 for j in worded), len(worded))
    _put(shares, "citation_recall", sum(j.overlapping > 0 for j in answerable), len(answerable))
    _put(shares, "citation_precision", sum(j.overlapping for j in answerable), sum(j.cited for j in answerable))
    _put(shares, "quote_integrity", sum(j.literal for j in judged), sum(j.cited for j in judged))
    _put(shares, "abstained_on_unanswerable", sum(j.abstained for j in unanswerable), len(unanswerable))
    _put(shares, "refused_answerable", sum(j.abstained for j in answerable), len(answerable))
    _put(shares, "points_covered", sum(j.covered for j in answerable), sum(j.points for j in answerable))
    _put(shares, "sentences_supported", sum(j.supported for j in judged), sum(j.sentences for j in judged))
    if shown:
        shares["words"] = round(sum(j.words for j in shown) / len(shown), 1)
    if judged:
        shares["seconds"] = round(sum(j.answer.timings.total_s for j in judged) / len(judged), 3)
    return shares


def totals(judged: Sequence[Judged]) -> dict[str, float]:
    """Return the figures of a whole run, with its calibration error."""
    return {**figures(judged), "calibration_error": calibration_error(judged)}


def by_kind(judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """Return the figures of each kind of question."""
    kinds = dict.fromkeys(j.gold.kind for j in judged)
    return {kind: figures([j for j in judged if j.gold.kind == kind]) for kind in kinds}


def calibration_error(judged: Sequence[Judged]) -> float:
    """Return the calibration error, per cent, of the answers given."""
    return error_of_calibration([(j.answer.confidence, j.right) for j in judged if not j.abstained])


def error_of_calibration(told: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Return the expected calibration error (Naeini et al., 2015), per cent, of (confidence, whether it was right)."""
    total = 0.0
    for b in range(bins):
        inside = [(sure, right) for sure, right in told if min(int(sure * bins), bins - 1) == b]
        total += abs(sum(sure - right for sure, right in inside))
    return round(100 * total / len(told), 1) if told else 0.0


def coverage_curve(judged: Sequence[Judged]) -> list[tuple[float, float, float]]:
    """Return (threshold, share answered, share of these that is right) for each threshold that changes anything.

    An answer below the threshold counts as not given. Meaningful for a run with ``min_confidence`` 0.
    """
    shown = sorted((j for j in judged if not j.abstained), key=lambda j: -j.answer.confidence)
    curve, right = [], 0
    for count, j in enumerate(shown, start=1):
        right += j.right
        curve.append((j.answer.confidence, count / len(judged), right / count))
    return curve


def _put(shares: dict[str, float], name: str, part: float, whole: int) -> None:
    if whole:
        shares[name] = round(100 * part / whole, 1)
