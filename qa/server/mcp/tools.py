"""What another program can do with the articles: ask, search, verify a quote, list; what each takes and gives."""

from __future__ import annotations

import bisect
import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Annotated

import msgspec
from msgspec import Meta

from qa.answering.assistant import Assistant
from qa.errors import QAError, SourceError, UsageError
from qa.sources.find import id_of, is_text
from qa.types import Answer, Count, Document, Evidence, Hit

_BEAT = 2.0  # seconds between two reports to a call that waits
# Well-known clients give a call up after 60 s; before that, it is told what there is to wait for.
_LONGEST_WAIT = 45.0
_PLACES = 20  # of one quote, at most

Text = Annotated[str, Meta(min_length=1, max_length=10_000)]
Ids = Annotated[
    list[str], Meta(description="Ids of the articles to look in, as list_sources gives them; without it, all of them.")
]
# Tells the caller what is going on; raises where the caller no longer waits.
Report = Callable[[str], None]


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ask_article takes."""

    question: Annotated[Text, Meta(description="The question, in the language of the article.")]
    history: Annotated[
        list[Annotated[list[Text], Meta(min_length=2, max_length=2)]],
        Meta(
            max_length=100, description="Earlier questions with their answers, [[question, answer], ...], oldest first."
        ),
    ] = []
    sources: Ids = []


class Search(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What search_passages takes."""

    query: Annotated[Text, Meta(description="Words or a question; passages are found by meaning and by words.")]
    limit: Annotated[int, Meta(ge=1, le=50, description="How many passages to give, at most.")] = 10
    sources: Ids = []


class Verify(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What verify_quote takes."""

    quote: Annotated[Text, Meta(description="The words that should stand in the article.")]
    source: Annotated[str, Meta(description="Id of the article to look in; without it, all of them.")] = ""
    start: Annotated[Count | None, Meta(description="Where the quote should start, in Unicode code points.")] = None
    end: Annotated[Count | None, Meta(description="Where the quote should end, in Unicode code points.")] = None


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What list_sources takes."""


class Passage(msgspec.Struct, frozen=True):
    """A passage that was found: ``text`` is the article's from ``start`` to ``end``."""

    id: str
    source: str
    start: Count
    end: Count
    text: str
    score: float
    similarity: float


class Passages(msgspec.Struct, frozen=True):
    """What search_passages gives, best first."""

    passages: list[Passage]


class Place(msgspec.Struct, frozen=True):
    """A place in an article, whose text from ``start`` to ``end`` is ``quote``."""

    id: str
    source: str
    start: Count
    end: Count
    quote: str


class Verified(msgspec.Struct, frozen=True):
    """What verify_quote gives: where the quote stands; if not verified, where it stands in other spacing or case."""

    verified: bool
    places: list[Place]


class Source(msgspec.Struct, frozen=True):
    """An article that can be asked; what its file does not say is empty."""

    id: str
    source: str
    title: str
    author: str
    date: str
    language: str
    characters: Count
    sha256: str


class Sources(msgspec.Struct, frozen=True):
    """What list_sources gives."""

    sources: list[Source]


class Doing:
    """What the assistant is busy with, for those who wait; it is the ``progress`` of the assistant."""

    text = "loading the models"

    def __call__(self, label: str, done: int, total: int) -> None:
        """Keep what is going on, how much of it is done and how much there is."""
        self.text = f"{label}: {done} of {total}" if total else label


class Tools:
    """The tools over one assistant, for one caller at a time; an article has an id, and no path comes from a caller.

    Each raises QAError, of one line, where something is wrong with what was asked, with an article or with a model.
    """

    def __init__(self, assistant: Assistant, doing: Doing) -> None:
        self._assistant, self._doing = assistant, doing
        self._lock = threading.Lock()
        self.names = {id_of(source): source for source in assistant.sources}
        self._ids = {source: identifier for identifier, source in self.names.items()}

    def load(self) -> None:
        """Load the models and open the indexes before the first question."""
        # What goes wrong is raised to those who ask.
        with self._lock, suppress(QAError):
            self._assistant.load_models()
            self._assistant.prepare()
        self._doing("another question is being answered", 0, 0)

    def ask_article(self, asked: Ask, report: Report) -> Answer:
        """Answer a question; each step is reported."""
        _check(asked.question, *itertools.chain(*asked.history))
        history = [(question, answer) for question, answer in asked.history]
        with self._turn(report):
            for step in self._assistant.stream(asked.question, history=history, sources=self._named(asked.sources)):
                if isinstance(step, Answer):
                    return step
                report("the evidence is found" if isinstance(step, Evidence) else step.strip())
        raise QAError("there was no answer")

    def search_passages(self, asked: Search, report: Report) -> Passages:
        """Find passages by meaning and by words."""
        _check(asked.query)
        with self._turn(report):
            hits = self._assistant.retriever(self._named(asked.sources)).retrieve(asked.query, asked.limit)
        return Passages([self._passage(hit) for hit in hits])

    def verify_quote(self, asked: Verify, report: Report) -> Verified:
        """Tell whether a quote stands literally in an article, at its place where one is given."""
        _check(asked.quote)
        wanted = self._named([asked.source] if asked.source else [])
        documents = [d for d in self._documents(report) if not wanted or d.source in wanted]
        literal = (
            self._place(d, span) for d in documents for span in _literal(asked.quote, d.text, asked.start, asked.end)
        )
        if places := list(itertools.islice(literal, _PLACES)):
            return Verified(verified=True, places=places)
        others = (self._place(d, span) for d in documents for span in _alike(asked.quote, d.text))
        return Verified(verified=False, places=list(itertools.islice(others, _PLACES)))

    def list_sources(self, _: Nothing, report: Report) -> Sources:
        """List the articles that can be asked."""
        return Sources(
            [
                Source(self._ids[d.source], d.source, d.title, d.author, d.date, d.language, len(d.text), d.sha256)
                for d in self._documents(report)
            ]
        )

    def text(self, identifier: str, report: Report) -> str:
        """Return the text of an article."""
        (name,) = self._named([identifier])
        for document in self._documents(report):
            if document.source == name:
                return document.text
        raise SourceError(f"{name}: cannot be read")

    def _passage(self, hit: Hit) -> Passage:
        source, span = hit.document.source, hit.passage.span
        return Passage(self._ids[source], source, span.start, span.end, hit.text, hit.score, hit.similarity)

    def _place(self, document: Document, span: tuple[int, int]) -> Place:
        return Place(self._ids[document.source], document.source, *span, document.text[slice(*span)])

    def _documents(self, report: Report) -> list[Document]:
        with self._turn(report):
            return [document for document, _ in self._assistant.corpus.documents(self._assistant.sources)]

    def _named(self, identifiers: Sequence[str]) -> list[str]:
        for identifier in identifiers:
            if identifier not in self.names:
                raise UsageError(f"{identifier[:80]!r}: no article has this id; list_sources lists them")
        return [self.names[identifier] for identifier in identifiers]

    @contextmanager
    def _turn(self, report: Report) -> Iterator[None]:
        ends = time.monotonic() + _LONGEST_WAIT
        while not self._lock.acquire(timeout=_BEAT):
            report(self._doing.text)
            if time.monotonic() > ends:
                raise QAError(f"busy ({self._doing.text}); ask again in a minute")
        try:
            yield
        finally:
            self._lock.release()


def _check(*texts: str) -> None:
    for text in texts:
        if not is_text(text):
            raise UsageError("what was asked is not text in Unicode")
        if not text.strip():
            raise UsageError("what was asked is empty")


def _literal(quote: str, text: str, start: int | None, end: int | None) -> Iterator[tuple[int, int]]:
    if start is None and end is not None:
        start = end - len(quote)
    if start is not None:
        if start >= 0 and end in {None, start + len(quote)} and text.startswith(quote, start):
            yield start, start + len(quote)
        return
    at = text.find(quote)
    while at >= 0:
        yield at, at + len(quote)
        at = text.find(quote, at + 1)


def _alike(quote: str, text: str) -> Iterator[tuple[int, int]]:
    # A regular expression for any space between words would take quadratic time.
    words = [match.span() for match in re.finditer(r"\S+", text)]
    # Where each word begins when there is one space between two.
    begins = list(itertools.accumulate((end - start + 1 for start, end in words), initial=0))
    plain, wanted = _plain(text), _plain(quote)

    def place(at: int) -> int:
        word = bisect.bisect_right(begins, at) - 1
        return words[word][0] + at - begins[word]

    at = plain.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        yield place(at), place(end - 1) + 1
        at = plain.find(wanted, end)


def _plain(text: str) -> str:
    # This letter alone would become two.
    return " ".join(text.split()).replace("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "i").lower()
