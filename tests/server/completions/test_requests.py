"""What may be asked for: accepted without effect, as good as nothing, or refused with the name of what is wrong."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
import pytest

from qa.server.completions.requests import ChatRequest, conversation, parse
from qa.server.refusals import RefusedError

ASKED: dict[str, Any] = {"model": "article-qa", "messages": [{"role": "user", "content": "Who?"}]}

HARMLESS: dict[str, list[Any]] = {
    "temperature": [0, 0.7, 2],
    "top_p": [0.1, 1],
    "presence_penalty": [-2, 0.5],
    "frequency_penalty": [2],
    "seed": [42],
    "max_tokens": [1, 4096],
    "max_completion_tokens": [512],
    "reasoning_effort": ["low"],
    "parallel_tool_calls": [True, False],
    "user": ["me"],
    "safety_identifier": ["me"],
    "metadata": [{"a": "b"}],
    "prompt_cache_key": ["a"],
    "service_tier": ["auto", "default"],
    "store": [False],
    "n": [1],
    "response_format": [{"type": "text"}],
    "modalities": [["text"]],
    "tools": [[]],
    "tool_choice": ["none"],
    "functions": [[]],
    "function_call": ["none"],
    "stop": [[]],
    "logit_bias": [{}],
    "logprobs": [False],
    "top_logprobs": [0],
    "stream": [True, False],
    "stream_options": [{}, {"include_usage": True}],
    "article_qa": [{}, {"quotes": False}],
}
REFUSED: dict[str, list[Any]] = {
    "temperature": [-1, 2.1, "hot"],
    "top_p": [1.5],
    "max_tokens": [0],
    "n": [0, 2],
    "tools": [[{"type": "function", "function": {"name": "x"}}]],
    "tool_choice": ["auto", "required", {"type": "function", "function": {"name": "x"}}],
    "functions": [[{"name": "x"}]],
    "function_call": ["auto"],
    "response_format": [{"type": "json_object"}, {"type": "json_schema", "json_schema": {"name": "x"}}],
    "modalities": [["text", "audio"], ["audio"], []],
    "audio": [{"voice": "alloy", "format": "wav"}],
    "logprobs": [True],
    "top_logprobs": [5],
    "logit_bias": [{"50256": -100}],
    "stop": ["x", ["x"]],
    "store": [True],
    "service_tier": ["flex"],
    "prediction": [{"type": "content", "content": "x"}],
    "web_search_options": [{}],
    "verbosity": ["low"],
    "stream_options": [{"include_obfuscation": True}],
    "article_qa": [{"quotes": "yes"}, {"lines": False}],
    "best_of": [2],
}


def pairs(values: dict[str, list[Any]]) -> list[tuple[str, Any]]:
    return [(name, value) for name, several in values.items() for value in several]


def read(**more: Any) -> ChatRequest:
    return parse(json.dumps(ASKED | more).encode())


def refused(**more: Any) -> RefusedError:
    with pytest.raises(RefusedError) as raised:
        read(**more)
    assert raised.value.status == 400
    return raised.value


@pytest.mark.parametrize(("name", "value"), [*pairs(HARMLESS), *((name, None) for name in HARMLESS)])
def test_what_asks_for_nothing_else_is_accepted(name: str, value: Any) -> None:
    assert read(**{name: value}).messages


@pytest.mark.parametrize(("name", "value"), pairs(REFUSED))
def test_what_would_change_the_answer_is_refused_by_name(name: str, value: Any) -> None:
    refusal = refused(**{name: value})
    assert refusal.parameter == name
    assert "\n" not in str(refusal)
    assert len(str(refusal)) < 150


def test_every_parameter_that_there_is_is_tested() -> None:
    known = {field.name for field in msgspec.structs.fields(ChatRequest)}
    assert known - {"model", "messages"} <= HARMLESS.keys() | REFUSED.keys()


def test_the_schema_says_the_same() -> None:
    validator = jsonschema.Draft202012Validator(msgspec.json.schema(ChatRequest))
    for name, value in pairs(HARMLESS):
        assert validator.is_valid(ASKED | {name: value}), (name, value)
    for name, value in pairs(REFUSED):
        assert not validator.is_valid(ASKED | {name: value}), (name, value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("n", 2, "n is not supported here; leave it out, or send 1"),
        ("logprobs", True, "logprobs is not supported here; leave it out, or send false"),
        ("stop", ["x"], "stop is not supported here; leave it out"),
        ("best_of", 2, "best_of is not a parameter that is known here; leave it out"),
        ("temperature", 9, "Expected `float` <= 2.0 - at `$.temperature`"),
    ],
)
def test_a_refusal_says_the_way_out(name: str, value: Any, said: str) -> None:
    assert str(refused(**{name: value})) == said


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b'{"model": "\\ud800"}', b"[" * 100_000, b"{}"])
def test_a_body_that_is_no_request_is_refused(raw: bytes) -> None:
    with pytest.raises(RefusedError):
        parse(raw)


@pytest.mark.parametrize(
    "message",
    [
        {"role": "tool", "content": "x", "tool_call_id": "1"},
        {"role": "user"},
        {"content": "Who?"},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}]},
        {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}]},
        {"role": "user", "content": [{"type": "file", "file": {"file_id": "x"}}]},
        {"role": "user", "content": "Who?", "images": ["x"]},
        {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": {"name": "x"}}]},
    ],
)
def test_a_message_that_is_not_text_is_refused(message: dict[str, Any]) -> None:
    assert refused(messages=[message, *ASKED["messages"]]).parameter == "messages"


def said(*messages: tuple[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """Return what a conversation comes to."""
    given = [{"role": role, "content": content} for role, content in messages]
    return conversation(read(messages=given).messages)


def test_the_last_message_is_the_question_and_the_rest_the_history() -> None:
    assert said(("user", " Who? ")) == ("Who?", [])
    assert said(("system", "Be brief."), ("user", "a"), ("assistant", "b"), ("developer", "x"), ("user", "c")) == (
        "c",
        [("a", "b")],
    )
    parts = [{"type": "text", "text": "Who"}, {"type": "text", "text": "leads?"}]
    assert said(("user", parts)) == ("Who\nleads?", [])


def test_a_history_need_not_take_turns() -> None:
    assert said(("assistant", "Hello!"), ("user", "a")) == ("a", [])
    assert said(("user", "a"), ("user", "b"), ("assistant", "c"), ("user", "d")) == ("d", [("a", ""), ("b", "c")])
    assert said(("user", "a"), ("assistant", "b"), ("assistant", "c"), ("user", "d")) == ("d", [("a", "b\nc")])
    assert said(("user", "a"), ("assistant", None), ("user", "d")) == ("d", [("a", "")])


def test_the_quotes_under_an_earlier_answer_are_not_part_of_it() -> None:
    earlier = "She did [1].\n\n> [1] “She did it.” (a.txt, characters 0-11)\n\n> [2] “It.” (a.txt, characters 0-3)"
    assert said(("user", "Who?"), ("assistant", earlier), ("user", "Why?")) == ("Why?", [("Who?", "She did [1].")])


@pytest.mark.parametrize("last", [("assistant", "It is"), ("system", "Who?"), ("user", " \n"), ("user", [])])
def test_the_last_message_must_be_a_question(last: tuple[str, Any]) -> None:
    with pytest.raises(RefusedError, match="the last message must be the user's question") as raised:
        said(("user", "a"), last)
    assert raised.value.parameter == "messages"


def test_of_a_long_history_the_last_turns_are_kept() -> None:
    earlier = [turn for n in range(50) for turn in (("user", f"q{n}"), ("assistant", f"a{n}"))]
    assert said(*earlier, ("user", "Why?")) == ("Why?", [(f"q{n}", f"a{n}") for n in range(30, 50)])


def test_of_a_long_text_in_the_history_the_beginning_is_kept() -> None:
    long = "why " * 5000
    _, ((asked, answer),) = said(("user", long), *[("assistant", long)] * 9, ("user", "Why?"))
    assert asked == long[:10_000]
    assert answer == long[:10_000]


def test_a_huge_question_is_refused() -> None:
    with pytest.raises(RefusedError, match="the question has 20000 characters, the limit is 10000"):
        said(("user", "why " * 4999 + "why?"))
