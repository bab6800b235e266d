"""The assistant: the only place that knows the order of the stages, and the Python API."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from qa.citations import Supported, render
from qa.evidence import confidence, features, rank
from qa.index import Index
from qa.library import Library, Progress
from qa.loader import expand
from qa.models import Parts, load_parts
from qa.retriever import Retriever
from qa.rewriter import Rewriter
from qa.settings import Settings, load_settings
from qa.types import Answer, Evidence, Models, Status, Timings, Turn
from qa.writer import Writer

NOT_IN_ARTICLE = "The article does not say."


class Assistant:
    """Answers questions over the documents it was opened with.

    Models are loaded at the first question. Not safe for use from several threads at once.
    """

    def __init__(
        self, sources: Sequence[str], settings: Settings, parts: Parts, *, progress: Progress | None = None
    ) -> None:
        self.settings = settings
        self.sources = tuple(expand(sources))
        self._parts = parts
        self._progress = progress
        self._library = Library(settings, parts.embedder)
        self._retrievers: dict[tuple[str, ...], tuple[tuple[str, ...], Retriever]] = {}
        self._rewriter = Rewriter(parts.generator, parts.prompts)

    @classmethod
    def open(cls, *sources: str, progress: Progress | None = None, **settings: Any) -> Assistant:
        """Open an assistant over files and folders; keyword arguments are settings.

        Raises:
            QAError: a source, a setting, a prompt or a model cannot be used.
        """
        effective = load_settings(settings).settings
        return cls(sources, effective, load_parts(effective), progress=progress)

    def prepare(self) -> None:
        """Open the indexes now instead of at the first question."""
        self._retriever(self.sources)

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
        retriever = self._retriever(tuple(expand(sources)) if sources else self.sources)
        loaded = time.perf_counter()
        standalone = self._rewriter.standalone(question, history)
        hits = retriever.retrieve(standalone, self.settings.retrieved_passages)
        candidates = rank(standalone, hits, self._parts.reader)
        known = features(standalone, candidates)
        retrieved = time.perf_counter()
        yield Evidence(standalone, tuple(c.hit for c in candidates[: self.settings.prompt_passages]))

        reader = self._parts.reader
        sure = confidence(known, self._parts.calibration)
        writer = Writer(self._parts.generator, self._parts.prompts, self.settings)
        written: list[Supported] = []
        first_token = 0.0
        if sure >= self.settings.min_confidence:
            shown = ""
            for supported in writer.write(standalone, candidates):
                first_token = first_token or time.perf_counter()
                written.append(supported)
                text, _ = render(written)
                yield text[len(shown) :]
                shown = text
        ended = time.perf_counter()
        text, citations = render(written)
        status: Status = "answered" if written else "not_in_article"
        yield Answer(
            question=question,
            standalone_question=standalone,
            status=status,
            answer=text or NOT_IN_ARTICLE,
            citations=citations,
            confidence=round(sure, 4),
            models=Models(self._parts.embedder.name, self._parts.generator.name, reader.name if reader else None),
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
        )

    def _retriever(self, sources: tuple[str, ...]) -> Retriever:
        opened = [self._library.open(source, progress=self._progress)[0] for source in sources]
        return self._joined(sources, opened)

    def _joined(self, sources: tuple[str, ...], opened: Sequence[Index]) -> Retriever:
        hashes = tuple(i.document.sha256 for i in opened)
        kept = self._retrievers.get(sources)
        if kept is None or kept[0] != hashes:
            # One set of sources is asked about at a time; a batch over many articles must not keep them all.
            self._retrievers = {sources: (hashes, Retriever(opened, self._parts.embedder))}
        return self._retrievers[sources][1]
