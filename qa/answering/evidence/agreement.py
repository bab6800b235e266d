"""Whether documents give the same answer to a question, or different ones: what was read in each is compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.answering.evidence.confidence import score
from qa.answering.evidence.head import field_of
from qa.answering.evidence.same_answer import Relation, relation
from qa.answering.writing.checks.check import check_piece
from qa.answering.writing.checks.doubt import in_doubt
from qa.text.language import KNOWN
from qa.text.words import content_stems, names_and_numbers, vocabulary, words_of
from qa.types import Calibration, Candidate, Hit

_LIKELY = 0.5  # probability of a document's answer, judged by itself, from which it counts
_SIDES = 3  # answers that are told apart
_COUNTING = frozenset({"mani", "much"})
_SHARED = 0.5  # of the question's words in the one passage, those in the other too
_HEADING = 200  # characters of a first line
_AS_NEAR = 0.6  # share of the one cosine with the question that the other has
_NAMES_SHARED = 2  # by passages about one event, where the question names nothing


@dataclass(frozen=True, slots=True)
class Side:
    """An answer, and the best candidate of each document that gives it, the likeliest first."""

    candidates: tuple[Candidate, ...]

    @property
    def probability(self) -> float:
        """How sure it is, 0 to 1, that the likeliest of the documents answers, judged by itself."""
        return self.candidates[0].probability


def sides(question: str, ranked: Sequence[Candidate], hits: Sequence[Hit], calibration: Calibration) -> list[Side]:
    """Compare the documents' answers with that of the likeliest candidate, which is on the first side.

    ``ranked`` are the candidates of ``hits``, best first. There are several sides where a question for one thing has
    different answers; there is none where no two documents can be compared.
    """
    answers = _of_each(question, ranked, hits, calibration)
    if not answers or (answers[0].hit, answers[0].answer) != (ranked[0].hit, ranked[0].answer):
        return []
    first, *others = answers
    found = [[first]]
    for other in sorted(others, key=lambda c: -c.probability):
        relations = [_relation(question, side[0], other) for side in found]
        if "same" in relations:
            found[relations.index("same")].append(other)
        elif {*relations} == {"different"} and len(found) < _SIDES:
            found.append([other])
    alone = found == [[first]]
    return [] if alone else [Side(tuple(side)) for side in found]


def _of_each(
    question: str, ranked: Sequence[Candidate], hits: Sequence[Hit], calibration: Calibration
) -> list[Candidate]:
    """Return the likely answer of each document, judged as if it were alone, in the order of ``ranked``."""
    of: dict[str, list[Candidate]] = {}
    for candidate in ranked:
        # What is found by words alone cannot be compared.
        if candidate.answer and candidate.hit.document.language == KNOWN:
            of.setdefault(candidate.hit.document.source, []).append(candidate)
    best = []
    for source, own in of.items():
        alone = score(question, own, [h for h in hits if h.document.source == source], calibration)
        reports = sorted((c for c in alone if not _aside(c)), key=lambda c: -c.features["order"])
        best += [c for c in reports[:1] if c.probability >= _LIKELY and _is_plain(question, c)]
    return best


def _aside(candidate: Candidate) -> bool:
    own = candidate.quote is not None and field_of(candidate.hit, candidate.quote)
    return bool(own or candidate.features.get("planted"))


def _is_plain(question: str, candidate: Candidate) -> bool:
    """Tell whether the words of a candidate are said plainly, neither denied nor put in doubt by their sentence."""
    words, quote = candidate.answer_text, candidate.quote_text
    start = candidate.answer.start - candidate.quote.start if candidate.answer and candidate.quote else 0
    return check_piece(words, start, quote).supported and not in_doubt(words, quote, question)


def _relation(question: str, one: Candidate, other: Candidate) -> Relation:
    if not _of_one_event(question, one, other):
        return "unknown"
    found = relation(question, one, other)
    return "unknown" if found == "different" and not _of_one_thing(question, one, other) else found


def _of_one_event(question: str, one: Candidate, other: Candidate) -> bool:
    """Tell whether two documents name all that the question names; where it names nothing, whether they share names."""
    if names := [w.text for w in words_of(question) if w.name]:
        return all(name in candidate.hit.document.text for name in names for candidate in (one, other))
    return len(names_and_numbers(one.hit.text) & names_and_numbers(other.hit.text)) >= _NAMES_SHARED


def _of_one_thing(question: str, one: Candidate, other: Candidate) -> bool:
    """Tell whether two passages speak of what is asked alike: who designed a school designed no library."""
    far, near = sorted((one.hit.similarity, other.hit.similarity))
    asked = content_stems(question) - names_and_numbers(question) - _COUNTING
    known, others = (asked & _around(candidate) for candidate in (one, other))
    alike = len(known & others) >= _SHARED * max(len(known), len(others))
    return alike and far >= _AS_NEAR * near > 0


def _around(candidate: Candidate) -> frozenset[str]:
    document = candidate.hit.document
    heading = document.title or document.text.lstrip().partition("\n")[0][:_HEADING]
    return vocabulary(f"{heading}\n{candidate.hit.text}")
