"""The frozen values that cross modules.

Offsets are half-open, 0-based, in Unicode code points of ``Document.text``.
"""

from __future__ import annotations

import bisect
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

Turn = tuple[str, str]
Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0)]
Status = Literal["answered", "not_in_article"]


@dataclass(frozen=True, slots=True)
class Span:
    """A non-empty piece of a text, [start, end)."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two share a character."""
        return self.start < other.end and other.start < self.end

    def of(self, text: str) -> str:
        """Cut this span from ``text``."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Document:
    """A text, where it came from and what its file says of it. ``sha256`` is of the text in UTF-8.

    ``pages`` are the offsets at which pages begin, where there are any; ``unread`` says what could not be read;
    ``language`` is an ISO 639 code.
    """

    source: str
    text: str
    sha256: str
    title: str = ""
    author: str = ""
    date: str = ""
    address: str = ""
    pages: tuple[int, ...] = ()
    unread: tuple[str, ...] = ()
    language: str = "en"

    @classmethod
    def from_text(cls, source: str, text: str, **known: Any) -> Document:
        """Make a document of a text that is already normalised."""
        return cls(source, text, hashlib.sha256(text.encode()).hexdigest(), **known)

    def page_of(self, offset: int) -> int | None:
        """Return the page, from 1, on which ``offset`` is; None where there are no pages."""
        return bisect.bisect_right(self.pages, offset) or 1 if self.pages else None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may take: bytes as it lies there, and, where a library reads it, characters of text, seconds and
    bytes of memory.
    """

    bytes: int = 20_000_000
    characters: int = 20_000_000
    seconds: float = 60.0
    memory: int = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences; the spans are places in the document."""

    span: Span
    sentences: tuple[Span, ...]

    def sentences_at(self, span: Span) -> Span:
        """Widen ``span`` to the whole sentences of the passage that it touches."""
        touched = [s for s in self.sentences if s.overlaps(span)]
        return Span(touched[0].start, touched[-1].end) if touched else span


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage. ``similarity`` is the cosine with the question, ``score`` orders the hits.

    A similarity that is not ``comparable`` says nothing: the embedder does not know the language of the document.
    """

    document: Document
    passage: Passage
    similarity: float
    score: float
    comparable: bool = True

    @property
    def text(self) -> str:
        return self.passage.span.of(self.document.text)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage as evidence; ``answer`` and ``quote`` are places in its document, None where no reader read it.

    ``signals`` are what the readers said of it, in log-odds; ``margin`` is by how much the score of ``answer`` exceeds
    that of any other answer in the same quote. Of its ``features``, ``probability`` is that the quote answers, and
    ``exact`` that the words of ``answer`` do without their sentence.
    """

    hit: Hit
    answer: Span | None = None
    quote: Span | None = None
    signals: Mapping[str, float] = field(default_factory=dict, compare=False)
    margin: float = math.inf
    probability: float = 0.0
    exact: float = 1.0
    features: Mapping[str, float] = field(default_factory=dict, compare=False)

    @property
    def answer_text(self) -> str:
        return self.answer.of(self.hit.document.text) if self.answer else ""

    @property
    def quote_text(self) -> str:
        return (self.quote or self.hit.passage.span).of(self.hit.document.text)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights, by feature, of four logistic regressions: which candidate comes first, how sure it is that its quote
    answers, how sure that its words do without their sentence, and how sure that a quote supports a statement.

    The last is empty for a reader that was not trained on statements.
    """

    order: Mapping[str, float]
    confidence: Mapping[str, float]
    words: Mapping[str, float]
    statement: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Supported:
    """A claim, and the places of its quotes: each a hit and a span in its document."""

    text: str
    quotes: tuple[tuple[Hit, Span], ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """A literal quote and its place: ``text[start:end] == quote`` in the document of that hash.

    What the document's file says of it is empty, and ``page`` None, where it says nothing.
    """

    number: Annotated[int, Meta(ge=1)]
    source: str
    document_sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    start: Count
    end: Count
    quote: str
    passage_start: Count
    passage_end: Count
    page: int | None = None
    title: str = ""
    author: str = ""
    date: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds by phase, and tokens of the generator's prompt and completion."""

    load_s: Seconds = 0.0
    retrieve_s: Seconds = 0.0
    first_token_s: Seconds = 0.0
    total_s: Seconds = 0.0
    prompt_tokens: Count = 0
    reused_tokens: Count = 0
    completion_tokens: Count = 0


@dataclass(frozen=True, slots=True)
class Models:
    """Names of the models behind an answer; ``reader`` is None where none is used."""

    embedder: str
    generator: str
    reader: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question got; the fields are the keys of the JSON contract ``qa.answer/1``.

    ``checks`` says, a line each, what became of what the generator wrote.
    """

    question: str
    standalone_question: str
    status: Status
    answer: str
    citations: tuple[Citation, ...]
    confidence: Annotated[float, Meta(ge=0, le=1)]
    models: Models
    timings: Timings = field(default_factory=Timings)
    id: str | int | None = None
    dropped_passages: Count = 0
    checks: tuple[str, ...] = ()
    schema: Literal["qa.answer/1"] = "qa.answer/1"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer is going to rest on, known before it is written.

    ``hits`` is what was retrieved, ``candidates`` the answers in it, likeliest first; a question over the whole article
    has ``points`` instead. ``confidence`` is the probability, 0 to 1, that what it leads to is right; ``at_length``
    says that several sentences were asked for. ``agreeing`` are the candidates of several documents that give the
    same answer, the likeliest first; where they ``disagree``, the ``points`` are their different answers. Of a question
    with two parts ``left_out`` is the one that is not answered.
    """

    standalone_question: str
    hits: tuple[Hit, ...]
    candidates: tuple[Candidate, ...] = ()
    points: tuple[Supported, ...] = ()
    confidence: float = 0.0
    at_length: bool = False
    agreeing: tuple[Candidate, ...] = ()
    disagree: bool = False
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt; ``content`` is never parsed for special tokens."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one generation. ``reused`` of the prompt's tokens were not evaluated again.

    ``forced`` is how much the model would have preferred something else than the pattern allowed, in log-odds, at the
    worst place.
    """

    prompt: int = 0
    reused: int = 0
    completion: int = 0
    forced: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        """Add the tokens of another generation for the same answer."""
        prompt, reused = self.prompt + other.prompt, self.reused + other.reused
        return Usage(prompt, reused, self.completion + other.completion, max(self.forced, other.forced))


@dataclass(frozen=True, slots=True)
class Reading:
    """A span [start, end) of a text as an answer: its log-odds against "no answer here", and the log-odds of the
    reader's second opinion on whether the text has one.
    """

    start: int
    end: int
    score: float
    answerable: float
