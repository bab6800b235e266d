"""OpenAI's own client against a server in a process of its own."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import httpx2
import jsonschema
import pytest
from openai import (
    APIError,
    APIStatusError,
    APITimeoutError,
    BadRequestError,
    NotFoundError,
    OpenAI,
    RateLimitError,
    Stream,
)
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessageParam

from qa.records.schema import schema_of
from tests.conftest import TEXT
from tests.server.completions.conftest import client_of
from tests.server.fakes import DRAWLING, SAID, SLOW, TOKEN, serving

QUESTION: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Who founded the bakery?"}]
SLOWLY: list[ChatCompletionMessageParam] = [{"role": "user", "content": f"{SLOW} is it?"}]
QUOTE = "Maria Lopez founded it in Hilltown."


def ask(client: OpenAI, messages: list[ChatCompletionMessageParam] = QUESTION, **more: Any) -> ChatCompletion:
    """Ask without a stream."""
    create: Any = client.chat.completions.create
    reply: ChatCompletion = create(**{"model": "article-qa", "messages": messages} | more)
    return reply


def stream(client: OpenAI, messages: list[ChatCompletionMessageParam] = QUESTION, **more: Any) -> list[Any]:
    """Ask for a stream, and read it to its end."""
    with open_stream(client, messages, **more) as chunks:
        return list(chunks)


def open_stream(client: OpenAI, messages: list[ChatCompletionMessageParam], **more: Any) -> Stream[ChatCompletionChunk]:
    """Ask for a stream."""
    create: Any = client.chat.completions.create
    given = {"model": "article-qa", "messages": messages, "stream": True} | more
    return cast("Stream[ChatCompletionChunk]", create(**given))


def answer_of(reply: Any) -> dict[str, Any]:
    """Return the whole answer that stands beside the chat's."""
    answer: dict[str, Any] = reply.article_qa
    jsonschema.validate(answer, schema_of("answer"))
    return answer


def test_an_answer_has_its_quotes_as_annotations_as_lines_and_whole(client: OpenAI) -> None:
    reply = ask(client)
    (choice,) = reply.choices
    content, notes = choice.message.content or "", choice.message.annotations or []
    assert content == f"{SAID}\n\n> [1] “{QUOTE}” (bakery.txt, characters 27-62)"
    (citation,) = answer_of(reply)["citations"]
    (place,) = [note.url_citation for note in notes]
    assert content[place.start_index : place.end_index] == "[1]"
    extra = place.model_extra or {}
    assert TEXT[extra["start"] : extra["end"]] == extra["quote"] == citation["quote"] == QUOTE
    assert extra["source"] == citation["source"]
    assert place.url.startswith(str(client.base_url).removesuffix("v1/") + "#source=")
    assert place.url.endswith(f"&quote={extra['start']}-{extra['end']}")
    assert place.title == citation["title"] != ""
    assert (choice.finish_reason, choice.index, reply.object, reply.model) == (
        "stop",
        0,
        "chat.completion",
        "article-qa",
    )
    assert reply.usage
    assert reply.usage.prompt_tokens == answer_of(reply)["timings"]["prompt_tokens"] > 0
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens


def test_the_lines_of_quotes_can_be_left_out(client: OpenAI) -> None:
    reply = ask(client, extra_body={"article_qa": {"quotes": False}})
    assert reply.choices[0].message.content == SAID
    assert reply.choices[0].message.annotations


def test_a_stream_says_the_same_as_the_whole_answer(client: OpenAI) -> None:
    whole, chunks = ask(client), stream(client)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == whole.choices[0].message.content
    assert [c.choices[0].finish_reason for c in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert len({(c.id, c.created, c.model) for c in chunks}) == 1
    assert all(c.usage is None for c in chunks)
    assert answer_of(chunks[-1])["answer"] == SAID
    (note,) = chunks[-1].choices[0].delta.annotations
    assert note["url_citation"]["quote"] == QUOTE


def test_a_stream_ends_with_the_usage_if_asked_to(client: OpenAI) -> None:
    *chunks, last = stream(client, stream_options={"include_usage": True})
    assert (last.choices, last.usage.total_tokens) == ([], last.usage.prompt_tokens + last.usage.completion_tokens)
    assert all(c.usage is None and "usage" in c.model_fields_set for c in chunks)
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_stream_is_events_of_data_alone_and_says_when_it_is_done(address: str) -> None:
    body = {"model": "article-qa", "messages": QUESTION, "stream": True}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    reply = httpx2.post(f"{address}v1/chat/completions", json=body, headers=headers)
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert all(re.fullmatch(r"data: (\{.*\}|\[DONE\])", line) for line in reply.text.split("\n\n") if line)
    assert reply.text.endswith("data: [DONE]\n\n")


def test_earlier_messages_are_the_history(client: OpenAI) -> None:
    first = ask(client, [{"role": "user", "content": "When did the bakery open?"}])
    messages = [
        {"role": "system", "content": "You are a pirate."},
        {"role": "user", "content": [{"type": "text", "text": "When did the bakery open?"}]},
        first.choices[0].message,
        {"role": "user", "content": "Who founded it?"},
    ]
    reply = ask(client, cast("list[ChatCompletionMessageParam]", messages))
    assert answer_of(reply)["standalone_question"] == "When did the bakery open, and who founded it?"
    assert answer_of(reply)["answer"] == SAID


@pytest.mark.parametrize("how", [ask, stream])
def test_that_the_article_does_not_say_is_an_answer(how: Any, tmp_path: Path) -> None:
    other = tmp_path / "silent.txt"
    other.write_text("Nothing of interest happened in the village today.", encoding="utf-8")
    with serving(other) as (_, address), client_of(address) as client:
        reply = how(client)
    last = reply[-1] if isinstance(reply, list) else reply
    said = reply.choices[0].message.content if how is ask else "".join(c.choices[0].delta.content or "" for c in reply)
    assert said == "The article does not say."
    assert last.choices[0].finish_reason == "stop"
    assert answer_of(last)["status"] == "not_in_article"


def test_a_model_is_all_articles_or_one_of_them(client: OpenAI) -> None:
    everything, one = client.models.list().data
    assert (everything.id, everything.object) == ("article-qa", "model")
    assert re.fullmatch(r"article-qa/[0-9a-f]{16}", one.id)
    assert client.models.retrieve(one.id) == one
    reply = ask(client, model=one.id)
    assert (reply.model, answer_of(reply)["answer"]) == (one.id, SAID)


@pytest.mark.parametrize(
    "name", ["gpt-4o", "article-qa/", "article-qa/../../etc/passwd", "article-qa/0123456789abcdef", ""]
)
def test_a_model_that_there_is_not_is_404(client: OpenAI, name: str) -> None:
    with pytest.raises(NotFoundError) as raised:
        ask(client, model=name)
    assert (raised.value.code, raised.value.param) == ("model_not_found", "model")
    if name:
        with pytest.raises(NotFoundError):
            client.models.retrieve(name)


def test_a_wrong_token_is_an_authentication_error(address: str) -> None:
    with client_of(address, "another token, long enough") as client, pytest.raises(APIStatusError) as raised:
        ask(client)
    assert (raised.value.status_code, raised.value.code) == (401, "invalid_api_key")
    assert set(cast("dict[str, Any]", raised.value.body)) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("path", ["v1/embeddings", "v1/responses", "v1/completions"])
def test_the_rest_of_that_api_is_not_there(address: str, path: str) -> None:
    reply = httpx2.post(f"{address}{path}", json={}, headers={"Authorization": f"Bearer {TOKEN}"})
    assert reply.status_code in {404, 405}
    assert set(reply.json()["error"]) == {"message", "type", "param", "code"}


def test_what_is_not_supported_is_said_with_its_name(client: OpenAI) -> None:
    with pytest.raises(BadRequestError, match="tools is not supported here; leave it out") as raised:
        ask(client, tools=[{"type": "function", "function": {"name": "look_up"}}])
    assert (raised.value.param, raised.value.type) == ("tools", "invalid_request_error")


def test_a_client_that_leaves_in_mid_stream_does_not_hold_up_the_next(client: OpenAI) -> None:
    with open_stream(client, [{"role": "user", "content": f"{DRAWLING} that founded the bakery?"}]) as chunks:
        assert next(iter(chunks)).choices[0].delta.role == "assistant"
    assert answer_of(ask(client))["answer"] == SAID  # within the client's 30 s, where the other takes 60


def test_an_answer_that_takes_too_long_is_given_up(other: Path) -> None:
    with serving(other, QA_ANSWER_SECONDS="2") as (_, address), client_of(address) as client:
        with pytest.raises(APIStatusError) as raised:
            ask(client, SLOWLY)
        assert raised.value.status_code == 504


@contextmanager
def busy(article: Path) -> Iterator[tuple[str, OpenAI]]:
    """Serve with room for one question to wait, while one is answered that takes a minute."""

    def ask_slowly(client: OpenAI) -> None:
        with pytest.raises(APIError):  # the server ends before it answers
            ask(client, SLOWLY)

    with serving(article, QA_WAITING_QUESTIONS="1") as (running, address), client_of(address) as client:
        asking = threading.Thread(target=ask_slowly, args=(client,))
        asking.start()
        try:
            assert running.stderr
            assert "reading\n" in running.stderr  # lines are read up to it
            yield address, client
        finally:
            running.terminate()
            asking.join()


def wait_for(address: str, figure: str) -> None:
    """Wait until /metrics says so."""
    while figure not in httpx2.get(f"{address}metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text:
        time.sleep(0.05)


@pytest.mark.parametrize("streaming", [False, True])
def test_too_many_at_once_are_told_when_to_come_again(other: Path, streaming: bool) -> None:  # noqa: FBT001
    def wait(client: OpenAI) -> None:
        with pytest.raises(APIError):
            ask(client)

    with busy(other) as (address, client):
        waiting = threading.Thread(target=wait, args=(client,))
        waiting.start()
        wait_for(address, "qa_waiting 1.0")
        with pytest.raises(RateLimitError) as raised:
            ask(client, stream=streaming)
        assert int(raised.value.response.headers["retry-after"]) >= 1
        assert raised.value.code == "rate_limit_exceeded"
    waiting.join()


@pytest.mark.parametrize("streaming", [False, True])
def test_a_client_that_leaves_before_its_turn_gives_up_its_place(other: Path, streaming: bool) -> None:  # noqa: FBT001
    with busy(other) as (address, client):
        with pytest.raises(APITimeoutError):
            ask(client, stream=streaming, timeout=1.0)
        wait_for(address, "qa_waiting 0.0")


@pytest.mark.real
def test_the_real_models_answer_with_a_literal_quote(seed: Path) -> None:
    with serving(seed, "-m", "qa") as (_, address), client_of(address) as client:
        chunks = stream(client, [{"role": "user", "content": "Who commands the offensive?"}])
    content = "".join(c.choices[0].delta.content or "" for c in chunks)
    text = seed.read_text(encoding="utf-8")
    answer = answer_of(chunks[-1])
    assert "Golani" in content
    assert all(text[c["start"] : c["end"]] == c["quote"] for c in answer["citations"])
