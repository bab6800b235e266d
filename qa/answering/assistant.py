"""The assistant: the only place that knows the order of the stages, and the Python API."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from qa.answering import follow_up as rewriter
from qa.answering import whole_article as overview
from qa.answering.citations import Supported, render
from qa.answering.evidence.rank import rank
from qa.answering.retrieve import Retriever
from qa.answering.write import Writer
from qa.errors import QAError, SourceError, UsageError
from qa.index.builder import Library
from qa.index.storage import Index
from qa.models.select import Parts, load_parts
from qa.protocols import Generator, Progress
from qa.settings import Settings, load_settings
from qa.sources.fetch import Pages
from qa.sources.find import expand
from qa.types import Answer, Evidence, Models, Status, Timings, Turn

log = logging.getLogger(__name__)
NOT_IN_ARTICLE = "The article does not say."
# An answer over the whole article is made of its own sentences, so what is unsure is only whether it was meant.
_WHOLE_ARTICLE = 0.8


class Assistant:
    """Answers questions over the documents it was opened with.

    Models are loaded at the first question. Not safe for use from several threads at once.
    """

    def __init__(
        self, sources: Sequence[str], settings: Settings, parts: Parts, *, progress: Progress | None = None
    ) -> None:
        self.settings = settings
        self._pages = Pages(settings)
        self.sources = tuple(expand(sources, self._pages))
        # Of what a folder or a pattern brought, a file that cannot be read is said and left out.
        self._found = {*self.sources} - {*sources}
        self._left_out: dict[str, tuple[int, int]] = {}
        self._told: set[str] = set()
        self.parts = parts
        self._progress = progress
        self._library = Library(settings, parts.embedder)
        self._opened: list[Index] = []
        self._searched: Retriever | None = None
        self._warmed = False

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
            SourceError: there is no such file or folder, or nothing in it that is read.
        """
        more = expand([source], self._pages)
        self._found |= {*more} - {source}
        self.sources = tuple(dict.fromkeys([*self.sources, *more]))

    def indexes(self) -> list[Index]:
        """Open the indexes of all sources."""
        self.retriever(self.sources)
        return list(self._opened)

    def _open(self, source: str, known: Index | None) -> Index | None:
        if source in self._left_out and self._left_out[source] == _state(source):
            return None
        try:
            index, _ = self._library.open(source, known=known, progress=self._progress)
        except SourceError as error:
            if source not in self._found:
                raise
            log.warning("%s", error)
            self._left_out[source] = _state(source)
            return None
        self._left_out.pop(source, None)
        return index

    def prepare(self) -> None:
        """Open the indexes now instead of at the first question."""
        self.retriever(self.sources)

    def _warm(self) -> None:
        # The generator is needed last: it is loaded while the evidence is looked for. What goes wrong there is
        # raised when the generator is used.
        self._warmed = True
        threading.Thread(target=_load, args=(self.parts.generator,), name="load-generator").start()

    def ask(self, question: str, *, history: Sequence[Turn] = (), sources: Sequence[str] = ()) -> Answer:
        """Answer one question; ``sources`` replaces the ones that the assistant was opened with."""
        *_, answer = self.stream(question, history=history, sources=sources)
        if not isinstance(answer, Answer):
            raise TypeError("a stream ends with an answer")
        return answer

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), sources: Sequence[str] = ()
    ) -> Iterator[Evidence | str | Answer]:
        """Answer one question in steps: the evidence, each checked sentence as it is ready, then the whole answer."""
        started = time.perf_counter()
        if not self._warmed:
            self._warm()
        retriever = self.retriever(tuple(expand(sources, self._pages)) if sources else self.sources)
        loaded = time.perf_counter()
        standalone = rewriter.standalone(question, history)
        writer = Writer(self.parts.generator, self.parts.prompts, self.settings, self.parts.reader)
        sure, evidence, sentences = self._answer(standalone, retriever, writer)
        retrieved = time.perf_counter()
        yield evidence

        written: list[Supported] = []
        first_token = 0.0
        if sure >= self.settings.min_confidence:
            shown = ""
            for supported in sentences:
                first_token = first_token or time.perf_counter()
                written.append(supported)
                text, _ = render(written)
                yield text[len(shown) :]
                shown = text
        ended = time.perf_counter()
        text, citations = render(written)
        reader_name = self.parts.reader.name if self.parts.reader else None
        status: Status = "answered" if written else "not_in_article"
        yield Answer(
            question=question,
            standalone_question=standalone,
            status=status,
            answer=text or NOT_IN_ARTICLE,
            citations=citations,
            confidence=round(sure, 4),
            models=Models(self.parts.embedder.name, self.parts.generator.name, reader_name),
            timings=Timings(
                load_s=round(loaded - started, 4),
                retrieve_s=round(retrieved - loaded, 4),
                first_token_s=round((first_token or ended) - started, 4),
                total_s=round(ended - started, 4),
                prompt_tokens=writer.usage.prompt,
                reused_tokens=writer.usage.reused,
                completion_tokens=writer.usage.completion,
            ),
            dropped_passages=writer.dropped,
            checks=tuple(writer.checks),
        )

    def _answer(
        self, question: str, retriever: Retriever, writer: Writer
    ) -> tuple[float, Evidence, Iterator[Supported]]:
        """Return how sure the answer is, what it rests on, and its sentences, not yet written."""
        parts = self.parts
        if whole := overview.recognise(question):
            points = overview.answer(whole, retriever.passages(), parts.embedder, parts.reader)
            hits = tuple(dict.fromkeys(hit for point in points for hit, _ in point.quotes))
            return (_WHOLE_ARTICLE if points else 0.0), Evidence(question, hits), iter(points)
        found = retriever.retrieve(question, self.settings.retrieved_passages)
        candidates = rank(question, found, parts.reader, parts.calibration)
        sure = candidates[0].probability if candidates else 0.0
        return sure, Evidence(question, tuple(found), tuple(candidates)), writer.write(question, candidates)

    def retriever(self, sources: tuple[str, ...]) -> Retriever:
        """Open the indexes of ``sources`` for search, built or built again where the article has changed.

        Raises:
            UsageError: there is no source.
        """
        if not sources:
            raise UsageError("no article is named; give Assistant.open a file or a folder")
        known = {index.document.source: index for index in self._opened}
        opened = [index for s in sources if (index := self._open(s, known.get(s)))]
        if not opened:
            raise SourceError(f"none of the {len(sources)} files could be read")
        if left_out := [s for s in sources if s in {*self._left_out} - self._told]:
            self._told.update(left_out)
            log.warning("%d of %d files could not be read, and are not asked", len(left_out), len(sources))
        # One set of sources is asked about at a time; a batch over many articles must not keep them all.
        if self._searched is None or [*map(id, opened)] != [*map(id, self._opened)]:
            self._opened, self._searched = opened, Retriever(opened, self.parts.embedder)
        return self._searched


def _state(source: str) -> tuple[int, int]:
    with contextlib.suppress(OSError):
        found = Path(source).stat()
        return found.st_size, found.st_mtime_ns
    return 0, 0


def _load(generator: Generator) -> None:
    with contextlib.suppress(QAError):
        generator.load()
