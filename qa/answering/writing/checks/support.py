"""Which quote supports a claim: the one that it cites, or any other that was shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.answering.evidence.planted import planted
from qa.answering.writing.checks.check import CLAUSE, check, findings
from qa.answering.writing.checks.verify import ENOUGH, Verifier
from qa.answering.writing.citations import Claim
from qa.text.language import KNOWN, WITHOUT_SPACES
from qa.text.words import overlap
from qa.types import Candidate, Hit, Span, Supported

# A long answer may be worded otherwise; a sentence that lacks this share of its words says something else.
_AGREEMENT = 0.75
_SHORT = 8  # words of an answer of the reader that must stand in the sentence as they are
_WORD = re.compile(r"\w+")
# A claim that shares less than this with its best sentence is not about it.
_RELATED = 0.5
_VERIFIED = 6  # places that the reader compares with a sentence, the likeliest
_CITED = 0.3  # share of a claim's words that another place must have more than one that is cited
_COPIED = 0.8  # share of a claim's words that make it a copy of a sentence
_TURNED = frozenset("order place negates negated".split())  # what says the opposite, or something of another
_ALTERED = frozenset("number counted name".split())  # what may be another's
_MORE = 0.1  # share of a claim's words that a second sentence has to add
_UNLIKE = "the reader does not find it there"


def ground(claim: Claim, question: str, shown: Sequence[Candidate]) -> tuple[Supported | None, str]:
    """Find the quote that supports ``claim``: the one it cites, else any that was shown; or say why there is none."""
    cited = [shown[n - 1] for n in claim.markers if 1 <= n <= len(shown)]
    reasons = []
    for candidate in [*cited, *(c for c in shown if c not in cited)]:
        document = candidate.hit.document
        quote = candidate.quote or _closest(claim.text, candidate)
        if quote is None:
            reasons.append("no sentence is about it")
            continue
        verdict = check(claim.text, quote.of(document.text), question=question, language=document.language)
        said = not candidate.answer or agrees(claim.text, candidate.answer_text, document.language)
        if verdict.supported and said:
            return Supported(claim.text, ((candidate.hit, quote),)), ""
        reasons.append(verdict.reason or f"it does not say {candidate.answer_text!r}")
    return None, reasons[0] if reasons else "nothing was shown"


def agrees(text: str, answer: str, language: str = KNOWN) -> bool:
    """Tell whether ``text`` says what the reader answered: a short answer as it is, a long one in most of its words."""
    written, answered = (" ".join(_WORD.findall(t.lower())) for t in (text, answer))
    if language in WITHOUT_SPACES:
        return answered.replace(" ", "") in written.replace(" ", "") or overlap(answer, text, language) >= _AGREEMENT
    if len(answered.split()) <= _SHORT:
        return f" {answered} " in f" {written} "
    return overlap(answer, text, language) >= _AGREEMENT


def _closest(text: str, candidate: Candidate) -> Span | None:
    document, language = candidate.hit.document.text, candidate.hit.document.language
    best = max(candidate.hit.passage.sentences, key=lambda s: overlap(text, s.of(document), language))
    return best if overlap(text, best.of(document), language) >= _RELATED else None


def find_quote(
    text: str,
    question: str,
    hits: Sequence[Hit],
    liked: Mapping[tuple[str, Span | None], float],
    verifier: Verifier | None = None,
    cited: Sequence[Hit] = (),
) -> tuple[tuple[Hit, Span] | None, str]:
    """Find the sentence of ``hits``, or the two in a row, that supports ``text``; or say why there is none.

    Of several it is the one that shares most with text and question and that the reader likes best: ``liked`` gives
    its probability of a sentence, by source and place. One of those that are ``cited`` comes before the others, but for
    one that has much more of the text. What looks planted supports nothing, and no chance likeness supports a changed
    copy of another sentence. Without a ``verifier``, and in other languages than English, the rules alone decide.
    """
    # Passages overlap: a place may stand in two.
    named = {(hit.document.source, p.span): p for hit in cited for p in _places(text, hit)}
    every = {(hit.document.source, p.span): p for hit in hits for p in _places(text, hit)} | named
    best, reason = _best(text, question, [*named.values()], liked, verifier)
    others = [p for key, p in every.items() if key not in named and (best is None or _much_nearer(p, best))]
    nearer, why = _best(text, question, others, liked, verifier)
    best = nearer or best
    if best is None:
        return None, reason or why
    changed = _changed(text, best, every.values())
    return (None, changed) if changed else ((best.hit, best.span), "")


def _much_nearer(place: _Place, cited: _Place) -> bool:
    return place.near > cited.near and place.near >= min(1.0, cited.near + _CITED)


def _best(
    text: str,
    question: str,
    places: Sequence[_Place],
    liked: Mapping[tuple[str, Span | None], float],
    verifier: Verifier | None,
) -> tuple[_Place | None, str]:
    """Choose the place that supports ``text``; or say what is against the nearest."""
    best: tuple[float, _Place] | None = None
    closest, reason = -1.0, ""
    for place, sure, against in _judged(text, question, places, verifier):
        if not against and not place.planted:
            rank = sure + place.near + overlap(question, place.text, place.language)
            rank += liked.get((place.hit.document.source, place.span), 0.0)
            rank -= place.two  # one sentence is easier to check than two
            if best is None or rank > best[0]:
                best = (rank, place)
        elif place.near > closest:
            closest, reason = place.near, against or "it stands only where the text speaks to a program"
    return (best[1], "") if best else (None, reason)


def _changed(text: str, support: _Place, places: Iterable[_Place]) -> str:
    """Say what a text has changed if it is a copy of a sentence but for that; its ``support`` is then by chance.

    A number or a name that the support has is no change: it may be the second of two sentences that says it.
    """
    copied = max((p for p in places if not p.two and not p.planted), key=lambda p: p.near, default=support)
    if copied.near < _COPIED or (copied.near <= support.near and not support.two):
        return ""
    lacking = {rule for rule, _ in findings(text, support.text, language=support.language)}
    rules = findings(text, copied.text, language=copied.language)
    return next((why for rule, why in rules if rule in _TURNED or rule in _ALTERED & lacking), "")


@dataclass(frozen=True, slots=True)
class _Place:
    """A sentence of a hit, or two in a row.

    ``near`` is the share of a claim's words that stand in it, ``part`` that of the nearer of two, None of one alone.
    """

    hit: Hit
    span: Span
    near: float
    part: float | None = None

    @property
    def two(self) -> bool:
        return self.part is not None

    @property
    def text(self) -> str:
        return self.span.of(self.hit.document.text)

    @property
    def language(self) -> str:
        return self.hit.document.language

    @property
    def planted(self) -> bool:
        """Whether a sentence of it looks planted."""
        inside = (s for s in self.hit.passage.sentences if s.overlaps(self.span))
        return any(planted(self.hit.document.text, s) for s in inside)


def _places(text: str, hit: Hit) -> list[_Place]:
    def near(span: Span) -> float:
        return overlap(text, span.of(hit.document.text), hit.document.language)

    alone = [_Place(hit, s, near(s)) for s in hit.passage.sentences]
    two = [(Span(a.span.start, b.span.end), max(a.near, b.near)) for a, b in pairwise(alone)]
    return alone + [_Place(hit, span, near(span), part) for span, part in two]


def _judged(
    text: str, question: str, places: Sequence[_Place], verifier: Verifier | None
) -> list[tuple[_Place, float, str]]:
    """Give places with the probability that they support the text, 0 where rules alone decide, and what is against."""
    if verifier is None or any(p.language != KNOWN for p in places):
        verdicts = (check(text, p.text, question=question, language=p.language) for p in places)
        return [(p, 0.0, verdict.reason) for p, verdict in zip(places, verdicts, strict=True)]
    # Two sentences are for a claim that has words of both; beside another a changed one is harder to see.
    worth = [p for p in places if p.part is None or p.near > _MORE + p.part]
    nearest = sorted(worth, key=lambda p: -p.near)[:_VERIFIED]
    judged = []
    for place, sure in zip(nearest, verifier.sure(text, [p.text for p in nearest], question), strict=True):
        found = [*findings(text, place.text, question=question)]
        added = next((reason for rule, reason in found if rule == CLAUSE), "")
        doubt = "" if sure >= ENOUGH else next((reason for _, reason in found), _UNLIKE)
        judged.append((place, sure, added or doubt))
    return judged
