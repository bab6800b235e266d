"""The assistant: runs the stages of an answer in their order. The public Python API."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from qa.answering import about_file, at_length, compound, follow_up, whole_article
from qa.answering.evidence.rank import rank
from qa.answering.parts import Parts, load_parts
from qa.answering.retrieve import Retriever
from qa.answering.writing.by_model import ModelAnswerer
from qa.answering.writing.by_reader import Writer
from qa.answering.writing.citations import render
from qa.answering.writing.draft import Draft, in_full, literal
from qa.errors import QAError, UsageError
from qa.index.collection import Collection, OpensIndexes
from qa.index.storage import Index
from qa.protocols import Generator, Progress
from qa.settings import Settings, load_settings
from qa.text.catalogue import said
from qa.text.language import language_of_question
from qa.types import Answer, Evidence, Hit, Models, Status, Supported, Timings, Turn

NOT_IN_ARTICLE = "The article does not say."
# An answer over the whole article is made of its own sentences, so what is unsure is only whether it was meant.
_WHOLE_ARTICLE = 0.8
_OF_ITSELF = 0.95  # what a file says of itself is what was asked for, but for a misunderstanding


class Assistant:
    """Answers questions over the documents it was opened with.

    Models are loaded at the first question. Not safe for use from several threads at once.
    """

    def __init__(
        self,
        sources: Sequence[str],
        settings: Settings,
        parts: Parts,
        *,
        progress: Progress | None = None,
        collection: OpensIndexes | None = None,
    ) -> None:
        self.settings = settings
        self.parts = parts
        self._collection = collection or Collection(settings, parts.embedder, progress)
        self.sources = self._collection.expand(sources)
        self._loading: threading.Thread | None = None

    @classmethod
    def open(cls, *sources: str, progress: Progress | None = None, **settings: Any) -> Assistant:
        """Open an assistant over files and folders; keyword arguments are settings.

        Raises:
            QAError: a source, a setting, a prompt or a model cannot be used.
        """
        effective = load_settings(settings).settings
        return cls(sources, effective, load_parts(effective), progress=progress)

    def add(self, source: str) -> None:
        """Add a file, the files of a folder or of a pattern, or a page to the sources.

        Raises:
            SourceError: there is no such file or folder, or no document in it.
        """
        self.sources = tuple(dict.fromkeys([*self.sources, *self._collection.expand([source])]))

    def indexes(self) -> tuple[Index, ...]:
        """Open the indexes of all sources."""
        return self._open(())

    def prepare(self) -> None:
        """Open the indexes now instead of at the first question."""
        self._open(())

    def load_models(self) -> None:
        """Load the models now instead of at the first question.

        Raises:
            ModelError: one cannot be loaded.
        """
        self.parts.embedder.encode(["warm"])
        for reader in (self.parts.quick, self.parts.reader):
            if reader:
                reader.read("warm", ["up"])
        self.parts.generator.load()

    def ask(self, question: str, *, history: Sequence[Turn] = (), sources: Sequence[str] = ()) -> Answer:
        """Answer one question; ``history`` is oldest first, ``sources`` replace the assistant's for this question.

        Raises:
            QAError: a source, an index or a model cannot be used.
        """
        *_, answer = self.stream(question, history=history, sources=sources)
        if not isinstance(answer, Answer):
            raise TypeError("the stream ended without an answer")
        return answer

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), sources: Sequence[str] = ()
    ) -> Iterator[Evidence | str | Answer]:
        """Answer one question in steps: the evidence, each checked sentence as it is ready, then the whole answer."""
        started = time.perf_counter()
        self._load_generator()
        retriever, language = self._opened(question, sources)
        loaded = time.perf_counter()
        evidence = self._find(question, history, retriever, language)
        retrieved = time.perf_counter()
        yield evidence

        draft = Draft(confidence=evidence.confidence)
        shown, first_token = "", 0.0
        for draft in self._drafts(question, evidence, history):
            text, _ = render(draft.claims)
            if text != shown:
                first_token = first_token or time.perf_counter()
                yield text[len(shown) :]
                shown = text
        ended = time.perf_counter()
        text, citations = render(draft.claims)
        status: Status = "answered" if draft.claims else "not_in_article"
        yield Answer(
            question=question,
            standalone_question=evidence.standalone_question,
            status=status,
            answer=text or said(NOT_IN_ARTICLE, language),
            citations=citations,
            confidence=round(draft.confidence, 4),
            models=self._models(evidence.hits),
            timings=Timings(
                load_s=round(loaded - started, 4),
                retrieve_s=round(retrieved - loaded, 4),
                first_token_s=round((first_token or ended) - started, 4),
                total_s=round(ended - started, 4),
                prompt_tokens=draft.usage.prompt,
                reused_tokens=draft.usage.reused,
                completion_tokens=draft.usage.completion,
            ),
            dropped_passages=draft.dropped_passages,
            checks=draft.checks,
        )

    def find_evidence(self, question: str, *, history: Sequence[Turn] = (), sources: Sequence[str] = ()) -> Evidence:
        """Return what an answer would rest on, without writing one.

        Raises:
            QAError: a source, an index or a model cannot be used.
        """
        return self._find(question, history, *self._opened(question, sources))

    def retriever(self, sources: Sequence[str] = ()) -> Retriever:
        """Open the indexes of ``sources``, or of all, for search.

        Raises:
            UsageError: there is no source.
            QAError: a source cannot be read, or an index cannot be used.
        """
        return Retriever(self._open(sources), self.parts.embedder)

    def _opened(self, question: str, sources: Sequence[str]) -> tuple[Retriever, str]:
        """Open the indexes for search, and tell the language of the question, which may be theirs."""
        indexes = self._open(sources)
        language = language_of_question(question, [index.document.language for index in indexes])
        return Retriever(indexes, self.parts.embedder), language

    def _open(self, sources: Sequence[str]) -> tuple[Index, ...]:
        files = self._collection.expand(sources) if sources else self.sources
        if not files:
            raise UsageError("no article is named; give Assistant.open a file or a folder")
        return self._collection.open(files)

    def _find(self, question: str, history: Sequence[Turn], retriever: Retriever, language: str) -> Evidence:
        standalone = follow_up.standalone(question, history, language)
        parts = self.parts
        if overview := whole_article.recognise(standalone, language):
            passages = retriever.passages()
            embedder, reader = parts.embedder_of(passages), parts.quick_reader_of(passages)
            points = whole_article.answer(overview, passages, embedder, reader)
            overall = _of_points(standalone, points, _WHOLE_ARTICLE if points else 0.0)
            return replace(overall, at_length=overview.kind == "summary")
        if parts.reader and (long := at_length.recognise(standalone)):
            return self._at_length(standalone, long, retriever, language)
        first, *second = compound.parts_of(question) if parts.reader else (question,)
        if second:
            # "Who posted this and on what date?" asks twice of the one file.
            fields = about_file.fields_asked(standalone)
            if len(fields) > 1 and (evidence := self._said_of_itself(standalone, fields, retriever)):
                return evidence
        found = self._read(first, history, retriever, language)
        if not second:
            return found
        # The second part is a follow-up of the first: "When did she die, and where?"
        told = found.candidates[0].answer_text if found.candidates else ""
        followed = self._read(second[0], [*history, (first, told)], retriever, language)
        return _both(standalone, found, followed, self.settings.min_confidence)

    def _at_length(self, question: str, long: at_length.AtLength, retriever: Retriever, language: str) -> Evidence:
        if long.compared or long.topic:
            passages = retriever.passages()
            embedder = self.parts.embedder_of(passages)
            if long.compared:
                points = at_length.compare(long.compared, passages, embedder)
            else:
                topic = whole_article.Overview("summary", long.topic, at_length.WORDS)
                points = whole_article.answer(topic, passages, embedder, self.parts.reader_of(passages))
            return replace(_of_points(question, points, _WHOLE_ARTICLE if points else 0.0), at_length=True)
        found = self._read(long.asked, (), retriever, language)
        points = at_length.points_of(found.candidates)
        return replace(found, standalone_question=question, points=tuple(points), at_length=True)

    @staticmethod
    def _said_of_itself(question: str, fields: Sequence[str], retriever: Retriever) -> Evidence | None:
        """Answer what is asked of a lone article's file with what the file says; None where it does not."""
        passages = retriever.passages()
        if len({hit.document.source for hit in passages}) != 1:
            return None
        points = about_file.answer(fields, passages)
        return _of_points(question, points, _OF_ITSELF) if points else None

    def _read(self, question: str, history: Sequence[Turn], retriever: Retriever, language: str) -> Evidence:
        parts, standalone = self.parts, follow_up.standalone(question, history, language)
        fields = about_file.fields_asked(standalone)
        if fields and (evidence := self._said_of_itself(standalone, fields, retriever)):
            return evidence
        hits = tuple(retriever.retrieve(standalone, self.settings.retrieved_passages))
        if fields:
            # Elsewhere in the text a name or a date is somebody else's.
            hits = tuple(about_file.at_an_end(hits, retriever.passages()))
        candidates = tuple(rank(standalone, hits, parts.reader, parts.quick, parts.calibration, parts.others))
        return Evidence(standalone, hits, candidates, confidence=candidates[0].probability if candidates else 0.0)

    def _drafts(self, question: str, evidence: Evidence, history: Sequence[Turn]) -> Iterator[Draft]:
        parts, settings = self.parts, self.settings
        # What is known without reading, the items of a list or the author, has points and no candidates.
        known = bool(evidence.points) and not evidence.candidates and not evidence.at_length
        if parts.trust.reads and not known:
            model = ModelAnswerer(parts.generator, parts.prompts, settings, parts.trust)
            yield from model.write(question, evidence, history)
            return
        if evidence.confidence < settings.min_confidence:
            return
        if evidence.points:
            for count in range(1, len(evidence.points) + 1):
                yield Draft(evidence.points[:count], confidence=evidence.confidence)
            return
        writer = Writer(*parts.wording, settings, parts.reader)
        for draft in writer.write(evidence.standalone_question, evidence.candidates):
            yield replace(draft, confidence=evidence.confidence)

    def _models(self, hits: Sequence[Hit]) -> Models:
        parts, reader = self.parts, self.parts.reader_of(hits)
        return Models(parts.embedder_of(hits).name, parts.generator.name, reader.name if reader else None)

    def _load_generator(self) -> None:
        # The generator is needed last: it is loaded while the evidence is looked for.
        if self._loading is None:
            self._loading = threading.Thread(target=_load, args=(self.parts.generator,), name="load-generator")
            self._loading.start()


def _of_points(question: str, points: Sequence[Supported], confidence: float) -> Evidence:
    hits = tuple(dict.fromkeys(hit for point in points for hit, _ in point.quotes))
    return Evidence(question, hits, points=tuple(points), confidence=confidence)


def _both(question: str, first: Evidence, second: Evidence, least: float) -> Evidence:
    """Join what was found for the two parts of a question; a part that is less sure than ``least`` is left out."""
    points: list[Supported | None] = []
    for found in (first, second):
        if found.confidence < least:
            continue
        points.extend(found.points)
        if found.candidates:
            best = found.candidates[0]
            points.append(in_full(found.standalone_question, best) or literal(best))
    return Evidence(
        question,
        tuple(dict.fromkeys([*first.hits, *second.hits])),
        tuple(dict.fromkeys([*first.candidates[:1], *second.candidates[:1], *first.candidates[1:]])),
        points=tuple({point.text: point for point in points if point}.values()),
        confidence=(first.confidence + second.confidence) / 2,
    )


def _load(generator: Generator) -> None:
    # What goes wrong is raised when the generator is used.
    with contextlib.suppress(QAError):
        generator.load()
