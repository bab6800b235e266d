"""From a question to what its answer will rest on: each kind of question in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qa.answering import about_file, at_length, compound, follow_up, whole_article
from qa.answering.evidence.agreement import Side, sides
from qa.answering.evidence.rank import rank
from qa.answering.parts import Parts
from qa.answering.retrieve import Retriever
from qa.answering.writing.draft import corroborated, in_full, literal
from qa.settings import Settings
from qa.text.markup import plain
from qa.text.words import overlap
from qa.types import Candidate, Evidence, Hit, Span, Supported, Turn

# An answer over the whole article is made of its own sentences, so what is unsure is only whether it was meant.
_WHOLE_ARTICLE = 0.8
_OF_ITSELF = 0.95  # what a file says of itself is what was asked for, but for a misunderstanding
_QUOTES = 3  # of documents that give the same answer


class Finder:
    """Looks for the evidence of one question, in a ``language``, in what a retriever searches."""

    def __init__(self, parts: Parts, settings: Settings, retriever: Retriever, language: str) -> None:
        self._parts, self._settings, self._retriever, self._language = parts, settings, retriever, language

    def find(self, question: str, history: Sequence[Turn]) -> Evidence:
        """Return the evidence for ``question``, asked after ``history``, oldest first."""
        parts, standalone = self._parts, follow_up.standalone(question, history, self._language)
        # "Summarise it" means the article, whatever "it" was before.
        ways = ((meant, whole_article.recognise(meant, self._language)) for meant in (question, standalone))
        standalone, overview = next((way for way in ways if way[1]), (standalone, None))
        if overview:
            passages = self._retriever.passages(standalone)
            embedder, reader = parts.embedder_of(passages), parts.quick_reader_of(passages)
            points = whole_article.answer(overview, passages, embedder, reader)
            overall = _of_points(standalone, points, _WHOLE_ARTICLE if points else 0.0)
            return replace(overall, at_length=overview.kind == "summary")
        if parts.reader and (long := at_length.recognise(standalone)):
            return self._at_length(standalone, long)
        first, *second = compound.parts_of(question) if parts.reader else (question,)
        if second:
            # "Who posted this and on what date?" asks twice of the one file.
            fields = about_file.fields_asked(standalone)
            if len(fields) > 1 and (evidence := self._said_of_itself(standalone, fields)):
                return evidence
        found = self._read(first, history)
        if not second:
            return found
        # The second part is a follow-up of the first: "When did she die, and where?"
        told = found.candidates[0].answer_text if found.candidates else ""
        followed = self._read(second[0], [*history, (first, told)])
        return _both(standalone, found, followed, self._settings.min_confidence)

    def _at_length(self, question: str, long: at_length.AtLength) -> Evidence:
        parts = self._parts
        if long.compared:
            passages = self._retriever.passages(*long.compared)
            points = at_length.compare(long.compared, passages, parts.embedder_of(passages))
        elif long.topic:
            points = self._about(long.topic, question)
        else:
            found = self._read(long.asked, ())
            spoken_of = bool(long.thing) and overlap(long.thing, " ".join(hit.text for hit in found.hits)) == 1
            if not spoken_of or found.confidence >= self._settings.min_confidence:
                chosen = found.points or tuple(at_length.points_of(found.candidates))
                return replace(found, standalone_question=question, points=chosen, at_length=True)
            # No one sentence answers, but the article speaks of it.
            points = self._about(long.thing, question)
        return replace(_of_points(question, points, _WHOLE_ARTICLE if points else 0.0), at_length=True)

    def _about(self, topic: str, question: str) -> list[Supported]:
        parts, passages = self._parts, self._retriever.passages(question)
        summary = whole_article.Overview("summary", topic, at_length.WORDS)
        return whole_article.answer(summary, passages, parts.embedder_of(passages), parts.reader_of(passages))

    def _said_of_itself(self, question: str, fields: Sequence[str]) -> Evidence | None:
        """Answer what is asked of a lone article's file with what the file says; None where it does not."""
        if self._retriever.count() != 1:
            return None
        points = about_file.answer(fields, self._retriever.passages(question))
        return _of_points(question, points, _OF_ITSELF) if points else None

    def _read(self, question: str, history: Sequence[Turn]) -> Evidence:
        found = [self._looked_up(meant) for meant in follow_up.readings(question, history, self._language)]
        return found[0] if len(found) == 1 else _likeliest(found, history[-1][1])

    def _looked_up(self, standalone: str) -> Evidence:
        parts = self._parts
        fields = about_file.fields_asked(standalone)
        if fields and (evidence := self._said_of_itself(standalone, fields)):
            return evidence
        hits = tuple(self._retriever.retrieve(standalone, self._settings.retrieved_passages))
        if fields:
            # Elsewhere in the text a name or a date is somebody else's.
            hits = tuple(about_file.at_an_end(hits))
        candidates = tuple(rank(standalone, hits, parts.reader, parts.quick, parts.calibration, parts.others))
        found = Evidence(standalone, hits, candidates, confidence=candidates[0].probability if candidates else 0.0)
        several = len({c.hit.document.source for c in candidates}) > 1
        if not several:
            return found
        return _compared(found, sides(standalone, candidates, hits, parts.calibration), self._settings.min_confidence)


def _likeliest(found: Sequence[Evidence], said: str) -> Evidence:
    """Choose between ways to understand a question; one whose answer repeats what was just ``said`` is not meant."""
    new = [evidence for evidence in found if not _repeats(evidence, said)]
    return max(new or found, key=lambda evidence: evidence.confidence)


def _repeats(evidence: Evidence, said: str) -> bool:
    told = evidence.candidates[0].answer_text if evidence.candidates else ""
    return bool(told) and " ".join(told.split()).casefold() in " ".join(said.split()).casefold()


def _compared(found: Evidence, answers: Sequence[Side], least: float) -> Evidence:
    """Join what documents say to one question: quotes of the same answer, or the different answers side by side.

    Where no answer is as sure by itself as ``least``, nothing is joined.
    """
    if not answers or answers[0].probability < least:
        return found
    first = answers[0]
    if len(answers) == 1:
        # Another document with the same answer is no rival of the likeliest.
        return replace(found, agreeing=first.candidates[:_QUOTES], confidence=max(found.confidence, first.probability))
    points = tuple(
        Supported(f"{_names(side)}: {plain(claim.text)}", _quotes(side))
        for side in answers
        if (claim := _worded(found.standalone_question, side.candidates[0]))
    )
    sure = first.probability / sum(side.probability for side in answers)
    return replace(found, points=points, disagree=True, confidence=min(first.probability, sure))


def _worded(question: str, candidate: Candidate) -> Supported | None:
    return in_full(question, candidate) or literal(candidate)


def _quotes(side: Side) -> tuple[tuple[Hit, Span], ...]:
    return tuple((c.hit, c.quote) for c in side.candidates[:_QUOTES] if c.quote)


def _names(side: Side) -> str:
    return ", ".join(c.hit.document.source for c in side.candidates[:_QUOTES])


def _of_points(question: str, points: Sequence[Supported], confidence: float) -> Evidence:
    hits = tuple(dict.fromkeys(hit for point in points for hit, _ in point.quotes))
    return Evidence(question, hits, points=tuple(points), confidence=confidence)


def _both(question: str, first: Evidence, second: Evidence, least: float) -> Evidence:
    """Join what was found for the two parts of a question; a part that is less sure than ``least`` is left out."""
    points: list[Supported | None] = []
    kept = [found for found in (first, second) if found.confidence >= least or found.disagree]
    for found in kept:
        points.extend(found.points)
        if found.candidates and not found.disagree:
            worded = _worded(found.standalone_question, found.candidates[0])
            points.append(worded and corroborated(worded, found.agreeing))
    # Half an answer is no sure one, but what is kept is sure enough to be shown.
    mean = (first.confidence + second.confidence) / 2
    return Evidence(
        question,
        tuple(dict.fromkeys([*first.hits, *second.hits])),
        tuple(dict.fromkeys([*first.candidates[:1], *second.candidates[:1], *first.candidates[1:]])),
        points=tuple({point.text: point for point in points if point}.values()),
        confidence=max(mean, least) if kept else mean,
        disagree=first.disagree or second.disagree,
        left_out=tuple(found.standalone_question for found in (first, second) if kept and found not in kept),
    )
