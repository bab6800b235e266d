"""The assistant: runs the stages of an answer in their order. The public Python API."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from qa.answering.corpus import Corpus, Indexed, open_collection
from qa.answering.find import Finder
from qa.answering.parts import Parts, load_parts
from qa.answering.retrieve import Retriever
from qa.answering.writing.by_model import ModelAnswerer
from qa.answering.writing.by_reader import Writer
from qa.answering.writing.citations import render
from qa.answering.writing.draft import Draft
from qa.errors import QAError, UsageError
from qa.index.articles import Articles
from qa.protocols import Generator, Progress
from qa.settings import Settings, load_settings
from qa.text.catalogue import NOT_IN_ARTICLE, said
from qa.text.language import language_of_question
from qa.text.markup import plain, unmarked
from qa.types import Answer, Citation, Document, Evidence, Hit, Models, Status, Supported, Timings, Turn

log = logging.getLogger(__name__)


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
        corpus: Corpus | None = None,
    ) -> None:
        self.settings = settings
        self.parts = parts
        self.corpus = corpus or Indexed(Articles(settings, parts.embedder, progress), parts.embedder)
        try:
            self.sources = self.corpus.expand(sources)
        except BaseException:
            self.close()
            raise
        self._loading: threading.Thread | None = None

    @classmethod
    def open(
        cls, *sources: str, collection: str | None = None, progress: Progress | None = None, **settings: Any
    ) -> Assistant:
        """Open an assistant over files and folders, or over a ``collection``, or over these sources in it.

        Further keyword arguments are settings.

        Raises:
            QAError: a source, a collection, a setting, a prompt or a model cannot be used.
        """
        effective = load_settings(settings).settings
        parts = load_parts(effective)
        corpus = None if collection is None else open_collection(collection, effective, parts.embedder)
        return cls(sources, effective, parts, progress=progress, corpus=corpus)

    def close(self) -> None:
        """Let go of files and connections of what is asked about."""
        self.corpus.close()

    def add(self, source: str) -> None:
        """Add a file, the files of a folder or of a pattern, or a page to the sources.

        Raises:
            SourceError: there is no such file or folder, or no document in it.
            UsageError: a collection is asked.
        """
        if name := self.corpus.collection:
            raise UsageError(f"{source}: not added; `qa index -c {name} {source}` adds it to the collection")
        self.sources = tuple(dict.fromkeys([*self.sources, *self.corpus.expand([source])]))

    def document(self, source: str) -> Document | None:
        """Return a document that can be asked about, by its source as citations name it; None where it is none.

        Raises:
            QAError: it cannot be read.
        """
        return self.corpus.document(source, self.sources)

    def prepare(self) -> None:
        """Open what is asked about now instead of at the first question."""
        self.retriever()

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

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        sources: Sequence[str] = (),
        retriever: Retriever | None = None,
        line: str = "",
    ) -> Answer:
        """Answer one question; ``history`` is oldest first, ``sources`` replace the assistant's for this question.

        A ``retriever`` that is open already is searched instead of any sources. Warnings name the ``line`` of many that
        the question is.

        Raises:
            QAError: a source, an index or a model cannot be used.
        """
        *_, answer = self.stream(question, history=history, sources=sources, retriever=retriever, line=line)
        if not isinstance(answer, Answer):
            raise TypeError("the stream ended without an answer")
        return answer

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        sources: Sequence[str] = (),
        retriever: Retriever | None = None,
        line: str = "",
    ) -> Iterator[Evidence | str | Answer]:
        """Answer one question in steps: the evidence, each checked sentence as it is ready, then the whole answer."""
        started = time.perf_counter()
        self._load_generator()
        retriever = retriever or self.retriever(sources)
        loaded = time.perf_counter()
        language = language_of_question(question, retriever.languages())
        evidence = self._finder(retriever, language).find(question, history)
        retrieved = time.perf_counter()
        yield evidence

        draft = Draft(confidence=evidence.confidence)
        shown, first_token = "", 0.0
        for written in self._drafts(question, evidence, history):
            draft = written.corroborated(evidence.agreeing)
            text, _ = render(_unmarked(draft.claims))
            if text != shown:
                first_token = first_token or time.perf_counter()
                yield text[len(shown) :]
                shown = text
        ended = time.perf_counter()
        text, citations = render(_unmarked(draft.claims))
        remarks = [
            *_on_disagreement(evidence, citations),
            *(f"not answered: {part}" for part in evidence.left_out),
            *retriever.remarks([c.source for c in citations]),
        ]
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
            checks=(*draft.checks, *remarks),
        )
        # A warning in the middle of an answer would break it up.
        for remark in remarks:
            log.warning("%s", f"{line}: {remark}" if line else remark)

    def find_evidence(self, question: str, *, history: Sequence[Turn] = (), sources: Sequence[str] = ()) -> Evidence:
        """Return what an answer would rest on, without writing one.

        Raises:
            QAError: a source, an index or a model cannot be used.
        """
        retriever = self.retriever(sources)
        return self._finder(retriever, language_of_question(question, retriever.languages())).find(question, history)

    def retriever(self, sources: Sequence[str] = ()) -> Retriever:
        """Open ``sources``, or all, for search.

        Raises:
            UsageError: there is no source.
            QAError: a source cannot be read, or an index cannot be used.
        """
        return self.corpus.retriever(self.corpus.expand(sources) if sources else self.sources)

    def _finder(self, retriever: Retriever, language: str) -> Finder:
        return Finder(self.parts, self.settings, retriever, language)

    def _drafts(self, question: str, evidence: Evidence, history: Sequence[Turn]) -> Iterator[Draft]:
        parts, settings = self.parts, self.settings
        # What is known without reading, the items of a list or the author, has points and no candidates. Of documents
        # that disagree a model would take sides.
        known = evidence.disagree or (bool(evidence.points) and not evidence.candidates and not evidence.at_length)
        if parts.trust.reads and not known:
            model = ModelAnswerer(parts.generator, parts.prompts, settings, parts.trust, parts.reader)
            yield from model.write(question, evidence, history)
            return
        # Of answers that exclude each other none is sure, but that there are several is.
        if evidence.confidence < settings.min_confidence and not evidence.disagree:
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


def _unmarked(claims: Sequence[Supported]) -> list[Supported]:
    """Leave the marks of Markdown around a sentence out, of what is said and of what is quoted."""
    return [
        Supported(plain(claim.text), tuple((hit, unmarked(hit.document.text, span)) for hit, span in claim.quotes))
        for claim in claims
    ]


def _on_disagreement(evidence: Evidence, citations: Sequence[Citation]) -> Iterator[str]:
    if evidence.disagree and citations:
        yield f"the sources disagree: {', '.join(dict.fromkeys(c.source for c in citations))}"


def _load(generator: Generator) -> None:
    # What goes wrong is raised when the generator is used.
    with contextlib.suppress(QAError):
        generator.load()
