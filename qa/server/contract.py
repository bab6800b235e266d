"""The JSON of `/api/v1`: what is taken and given; and how it and that of `/v1` is described for OpenAPI.

An answer and an error are described by the schemas that `qa schema` prints.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from qa.records.lines import BadLine
from qa.records.schema import schema_of
from qa.server.completions.replies import ChatCompletion, ModelList
from qa.server.completions.requests import ChatRequest
from qa.server.conversations import Kept, Listed
from qa.server.library.found import Passages
from qa.server.library.opened import Source, Text
from qa.server.refusals import OpenAIError
from qa.types import Count

FILE = "application/octet-stream"
_SCHEMAS = "#/components/schemas/"
EVENTS = "Server-sent events: evidence, text, conversation, answer, error; the data of each is JSON."

Question = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=r"\S")]
Earlier = Annotated[str, Meta(max_length=10_000)]
Ids = Annotated[list[str], Meta(min_length=1, max_length=1000)]


class _Taken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is taken: an unknown key is a mistake."""


class SessionRequest(_Taken, frozen=True):
    token: str


class Ask(_Taken, frozen=True):
    """A question; ``sources`` are ids, all where none are given; ``conversation`` is an id, or new."""

    question: Question
    history: Annotated[list[tuple[Earlier, Earlier]], Meta(max_length=100)] | None = None
    sources: Ids | None = None
    conversation: str | None = None


class Search(_Taken, frozen=True):
    query: Question
    sources: Ids | None = None
    limit: Annotated[int, Meta(ge=1, le=50)] = 10


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """Of a citation, what is needed to verify it."""

    number: Annotated[int, Meta(ge=1)]
    source: str
    start: Count
    end: Count
    quote: str


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """Of an answer, what is needed to verify it."""

    citations: list[Quoted]


class Verify(_Taken, frozen=True):
    answer: Saved


class SourceList(msgspec.Struct, frozen=True):
    """Some of the sources; ``total`` is how many there are, ``collection`` the name of the one that is served."""

    sources: list[Source]
    total: Count
    collection: str


class Suggestions(msgspec.Struct, frozen=True):
    questions: tuple[str, ...]


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """How many quotes there are, and the numbers of those that do not stand where they should."""

    schema: Literal["qa.verify/1"] = "qa.verify/1"
    quotes: Count
    broken: list[int]


class Conversations(msgspec.Struct, frozen=True):
    conversations: list[Listed]


class ConversationId(msgspec.Struct, frozen=True):
    id: str


class Piece(msgspec.Struct, frozen=True):
    text: str


class CandidateTold(msgspec.Struct, frozen=True, kw_only=True):
    """A place that may answer, and how likely it does."""

    source: str
    start: Count
    end: Count
    quote: str
    answer: str
    probability: float


class EvidenceTold(msgspec.Struct, frozen=True):
    """What an answer is going to rest on."""

    standalone_question: str
    confidence: float
    candidates: list[CandidateTold]


_OWN = (
    SessionRequest, Ask, Search, Verify, SourceList, Source, Text, Suggestions, Passages, Verified, Conversations, Kept
)  # fmt: skip


def described(
    takes: Any = None,
    *,
    gives: type | None = None,
    status: int = 200,
    streams: str = "",
    refuses: type = BadLine,
    files: Sequence[str] = (),
    public: bool = False,
) -> dict[str, Any]:
    """Describe a route for OpenAPI: what it takes, gives, and that all else is a refusal.

    ``streams`` says which events it gives too; ``refuses`` is what a refusal is; ``files`` are the media types of the
    files that it gives; a ``public`` one needs no token.
    """
    content = {"application/json": {"schema": _named(gives)}} if gives else {}
    if streams:
        content["text/event-stream"] = {"schema": {"type": "string", "description": streams}}
    content |= {media_type: {"schema": {"type": "string"}} for media_type in files}
    good: dict[str, Any] = {"description": "Done", **({"content": content} if content else {})}
    bad = {"description": "Refused", "content": {"application/json": {"schema": _named(refuses)}}}
    extra: dict[str, Any] = {"security": []} if public else {}
    if takes == FILE:
        extra |= {"requestBody": {"required": True, "content": {FILE: {"schema": {}}}}}
    elif takes:
        extra |= {"requestBody": {"required": True, "content": {"application/json": {"schema": _named(takes)}}}}
    return {"status_code": status, "responses": {status: good, "default": bad}, "openapi_extra": extra}


def components() -> dict[str, Any]:
    """Return the schemas that the descriptions of routes name."""
    kinds = (*_OWN, ChatRequest, ChatCompletion, ModelList, OpenAIError)
    _, own = msgspec.json.schema_components(kinds, ref_template=_SCHEMAS + "{name}")
    # The contract of answers and errors is the published one, whatever of it is used elsewhere too.
    for name in ("answer", "error"):
        own |= _renamed(schema_of(name)["$defs"])
    return own


def _named(kind: type) -> dict[str, str]:
    return {"$ref": f"{_SCHEMAS}{kind.__name__}"}


def _renamed(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: value.replace("#/$defs/", _SCHEMAS) if key == "$ref" else _renamed(value)
            for key, value in schema.items()
        }
    return [_renamed(one) for one in schema] if isinstance(schema, list) else schema
