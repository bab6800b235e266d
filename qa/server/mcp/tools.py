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
from qa.server.library.found import Passages, passages_of
from qa.server.library.ids import id_of_document, path_of_document
from qa.sources.find import absolute, id_of, is_text, shown
from qa.types import Answer, Count, Document, Evidence

_BEAT = 2.0  # seconds between two reports to a call that waits
# Well-known clients give a call up after 60 s; before that, it is told what there is to wait for.
_LONGEST_WAIT = 45.0
_PLACES = 20  # of one quote, at most
_NEAREST = 50  # passages of a collection, in whose documents a quote is looked for

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
    source: Annotated[
        str,
        Meta(
            description="Id of the article to look in; without it, all of them, or of a large collection those that "
            "are nearest to the quote."
        ),
    ] = ""
    start: Annotated[Count | None, Meta(description="Where the quote should start, in Unicode code points.")] = None
    end: Annotated[Count | None, Meta(description="Where the quote should end, in Unicode code points.")] = None


class Listing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What list_sources takes."""

    query: Annotated[
        str, Meta(max_length=1000, description="A part of the names to list; without it, all of them.")
    ] = ""
    limit: Annotated[int, Meta(ge=1, le=1000, description="How many articles to give, at most.")] = 100
    offset: Annotated[int, Meta(ge=0, description="How many of them to leave out at the start.")] = 0


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
    """What list_sources gives; ``total`` is how many articles the query stands for."""

    sources: list[Source]
    total: Count


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
        self._corpus = assistant.corpus
        # Those of a collection are too many to be told at once.
        self.names = {} if self._corpus.collection else {id_of(source): source for source in assistant.sources}

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
        return passages_of(hits, {hit.document.source: self._id_of(hit.document.source) for hit in hits})

    def verify_quote(self, asked: Verify, report: Report) -> Verified:
        """Tell whether a quote stands literally in an article, at its place where one is given."""
        _check(asked.quote)
        with self._turn(report):
            documents = self._searched(asked)
        literal = (
            self._place(d, span) for d in documents for span in _literal(asked.quote, d.text, asked.start, asked.end)
        )
        if places := list(itertools.islice(literal, _PLACES)):
            return Verified(verified=True, places=places)
        others = (self._place(d, span) for d in documents for span in _alike(asked.quote, d.text))
        return Verified(verified=False, places=list(itertools.islice(others, _PLACES)))

    def _searched(self, asked: Verify) -> list[Document]:
        if asked.source:
            return [self._document(asked.source)]
        if self._corpus.collection:
            hits = self._assistant.retriever().retrieve(asked.quote, _NEAREST)
            return list({hit.document.source: hit.document for hit in hits}.values())
        return [document for document, _ in self._corpus.documents(self._assistant.sources)]

    def list_sources(self, asked: Listing, report: Report) -> Sources:
        """List the articles that can be asked."""
        with self._turn(report):
            names = self._corpus.matching(asked.query, self._assistant.sources)
            page = names[asked.offset : asked.offset + asked.limit]
            documents = [document for document, _ in self._corpus.documents(page)] if page else []
        return Sources(
            [
                Source(self._id_of(d.source), d.source, d.title, d.author, d.date, d.language, len(d.text), d.sha256)
                for d in documents
            ],
            len(names),
        )

    def text(self, identifier: str, report: Report) -> str:
        """Return the text of an article."""
        with self._turn(report):
            return self._document(identifier).text

    def _document(self, identifier: str) -> Document:
        (name,) = self._named([identifier])
        document = self._corpus.document(name, self._assistant.sources)
        if document is None:
            raise SourceError(f"{name}: cannot be read")
        return document

    def _id_of(self, source: str) -> str:
        return id_of_document(absolute(source)) if self._corpus.collection else id_of(source)

    def _place(self, document: Document, span: tuple[int, int]) -> Place:
        return Place(self._id_of(document.source), document.source, *span, document.text[slice(*span)])

    def _named(self, identifiers: Sequence[str]) -> list[str]:
        names = [self._name_of(identifier) for identifier in identifiers]
        for identifier, name in zip(identifiers, names, strict=True):
            if not name:
                raise UsageError(f"{identifier[:80]!r}: no article has this id; list_sources lists them")
        return names

    def _name_of(self, identifier: str) -> str:
        if not self._corpus.collection:
            return self.names.get(identifier, "")
        path, among = path_of_document(identifier), self._assistant.sources
        with suppress(SourceError):
            # A folder stands for others.
            if path and self._corpus.expand([path]) == (shown(path),) and (not among or shown(path) in among):
                return shown(path)
        return ""

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
