"""What a client of chat completions may ask for. What could change an answer, and does not here, is refused."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from qa.server.completions.replies import without_quotes
from qa.server.conversations import TURNS
from qa.server.refusals import RefusedError
from qa.types import Turn

_LONGEST = 10_000  # characters of a text
_PARAMETER = re.compile(r"at `\$\.(\w+)|unknown field `(\w+)`$")
# The values that are as good as leaving a parameter out.
_ONLY = {
    "n": "1",
    "response_format": '{"type": "text"}',
    "modalities": '["text"]',
    "tool_choice": '"none"',
    "service_tier": '"auto"',
    "logprobs": "false",
    "store": "false",
}
_UNSUPPORTED = {*_ONLY, "tools", "functions", "function_call", "top_logprobs", "logit_bias", "stop", "audio"} | {
    "prediction",
    "web_search_options",
    "verbosity",
}

Nothing = Annotated[list[Any], Meta(max_length=0)]
No = Annotated[bool, Meta(extra_json_schema={"const": False})]
Penalty = Annotated[float, Meta(ge=-2, le=2)]
Tokens = Annotated[int, Meta(ge=1)]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A piece of a message's text."""

    type: Literal["text"]
    text: str


Content = str | list[Part]


class System(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="role", tag="system"):
    """An instruction. It is accepted because clients send one by themselves; what an article says stays the same."""

    content: Content
    name: str | None = None


class Developer(System, frozen=True, forbid_unknown_fields=True, tag_field="role", tag="developer"):
    """An instruction by its newer name."""


class User(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="role", tag="user"):
    """A question."""

    content: Content
    name: str | None = None


class Assistant(msgspec.Struct, frozen=True, tag_field="role", tag="assistant"):
    """An earlier answer, as this server or another gave it; of its keys only the text matters."""

    content: Content | None = None
    tool_calls: Nothing | None = None
    function_call: None = None


class StreamOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What else a stream brings."""

    include_usage: bool | None = None


class Format(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The form of the answer."""

    type: Literal["text"]


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What only this server knows. ``quotes``: whether the quotes stand under the answer, a line each."""

    quotes: bool = True


class ChatRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The body of a request."""

    model: str
    messages: Annotated[
        list[System | Developer | User | Assistant],
        Meta(
            min_length=1,
            max_length=2000,
            description=f"The last one is the question, of at most {_LONGEST} characters. Of the ones before it the "
            f"last {TURNS} questions count, with their answers, and of each text the first {_LONGEST} characters.",
        ),
    ]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    article_qa: Options | None = None
    # These cannot matter: an answer is taken from its quotes, without a choice between words, and is a few sentences.
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    seed: int | None = None
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    reasoning_effort: str | None = None
    parallel_tool_calls: bool | None = None
    # These are for the books of a provider.
    user: str | None = None
    safety_identifier: str | None = None
    metadata: dict[str, str] | None = None
    prompt_cache_key: str | None = None
    service_tier: Literal["auto", "default"] | None = None
    store: No | None = None
    # These are accepted where they ask for nothing.
    n: Literal[1] | None = None
    response_format: Format | None = None
    modalities: Annotated[list[Literal["text"]], Meta(min_length=1, max_length=1)] | None = None
    tools: Nothing | None = None
    tool_choice: Literal["none"] | None = None
    functions: Nothing | None = None
    function_call: Literal["none"] | None = None
    stop: Nothing | None = None
    logit_bias: Annotated[dict[str, Any], Meta(max_length=0)] | None = None
    logprobs: No | None = None
    top_logprobs: Literal[0] | None = None
    audio: None = None
    prediction: None = None
    web_search_options: None = None
    verbosity: None = None

    def __post_init__(self) -> None:
        for name in ("logprobs", "store"):
            if getattr(self, name):
                raise ValueError(f"at `$.{name}`")


def parse(raw: bytes) -> ChatRequest:
    """Read a body.

    Raises:
        RefusedError: it is not JSON, or asks for what there is not here.
    """
    try:
        return msgspec.json.decode(raw, type=ChatRequest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(str(error)) from error


def _refused(error: str) -> RefusedError:
    match = _PARAMETER.search(error)
    name = (match[1] or match[2]) if match else None
    if name in _UNSUPPORTED:
        error = f"{name} is not supported here; leave it out" + (f", or send {_ONLY[name]}" if name in _ONLY else "")
    elif match and match[2]:
        error = f"{name} is not a parameter that is known here; leave it out"
    return RefusedError(400, error, parameter=name)


def conversation(messages: Sequence[System | Developer | User | Assistant]) -> tuple[str, list[Turn]]:
    """Return the question, which is the last message, and the last questions and answers before it, oldest first.

    Questions that follow each other without an answer are one turn; so are answers. What an assistant says before the
    first question answers nothing, and is left out. Of a longer text the beginning is kept: clients send all that was
    said, and a conversation must not end for it.

    Raises:
        RefusedError: the last message is no question.
    """
    last = messages[-1]
    question = _text(last.content).strip() if isinstance(last, User) else ""
    if not question:
        raise RefusedError(400, "the last message must be the user's question", parameter="messages")
    if len(question) > _LONGEST:
        raise RefusedError(
            400, f"the question has {len(question)} characters, the limit is {_LONGEST}", parameter="messages"
        )
    turns: deque[Turn] = deque(maxlen=TURNS)
    for message in messages[:-1]:
        if isinstance(message, User):
            turns.append((_text(message.content)[:_LONGEST], ""))
        elif isinstance(message, Assistant) and turns:
            asked, answer = turns[-1]
            turns[-1] = asked, f"{answer}\n{without_quotes(_text(message.content))}".strip()[:_LONGEST]
    return question, [*turns]


def _text(content: str | Sequence[Part] | None) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part.text for part in content or ())
