"""The Model Context Protocol, spoken with the client of its own kit, in this process and with a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import jsonschema
import pytest
from mcp import Client, MCPError, StdioServerParameters, types

from qa.answering.assistant import Assistant
from qa.paths import CHECKOUT
from qa.records.schema import schema_of
from qa.server.mcp.server import make_server
from qa.server.mcp.tools import Doing, Tools
from tests.conftest import TEXT, FakeReader
from tests.server.fakes import started

Talk = Callable[[Client], Awaitable[None]]
FAKES = ["-m", "tests.server.fakes"]
MODES = ["auto", "legacy"]  # the protocol of 2026 without a handshake, and the ones before it


@pytest.fixture
def tools(make_assistant: Callable[..., Assistant]) -> Tools:
    texts = ["Maria Lopez founded it [1]."] * 9
    return Tools(make_assistant(*texts, reader=FakeReader("Maria Lopez")), Doing())


def talk_to(server: Any, talk: Talk, *, mode: str = "auto") -> None:
    """Connect, talk, and leave."""

    async def session() -> None:
        with anyio.fail_after(60):
            async with Client(server, mode=mode) as client:
                await talk(client)

    anyio.run(session)


def process(article: Path, *manner: str) -> StdioServerParameters:
    """Say how to start `qa mcp` over fakes; ``manner`` is the reader's."""
    return StdioServerParameters(
        command=sys.executable, args=[*FAKES, *manner, "--", "mcp", str(article)], env=dict(os.environ), cwd=CHECKOUT
    )


def said(result: types.CallToolResult) -> str:
    """Return the text of a result."""
    (block,) = result.content
    assert isinstance(block, types.TextContent)
    return block.text


def only_id(tools: Tools) -> str:
    (identifier,) = tools.names
    return identifier


def test_the_tools_only_read_and_say_what_they_take_and_give(tools: Tools) -> None:
    async def talk(client: Client) -> None:
        offered = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(offered) == {"ask_article", "search_passages", "verify_quote", "list_sources"}
        for tool in offered.values():
            assert tool.annotations == types.ToolAnnotations(
                read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
            )
            assert tool.output_schema
            for schema in (tool.input_schema, tool.output_schema):
                assert schema["type"] == "object"
                jsonschema.Draft202012Validator.check_schema(schema)
        answer = json.loads(json.dumps(schema_of("answer")["$defs"]["Answer"]))
        assert (offered["ask_article"].output_schema or {})["properties"] == answer["properties"]

    talk_to(make_server(tools), talk)


@pytest.mark.parametrize("mode", MODES)
def test_an_answer_is_the_contract_and_its_text_is_the_same(tools: Tools, mode: str) -> None:
    async def talk(client: Client) -> None:
        result = await client.call_tool("ask_article", {"question": "Who founded the bakery?"})
        answer = result.structured_content
        assert answer
        assert json.loads(said(result)) == answer
        jsonschema.validate(answer, schema_of("answer"))
        assert (answer["status"], answer["answer"]) == ("answered", "Maria Lopez founded it [1].")
        (citation,) = answer["citations"]
        assert TEXT[citation["start"] : citation["end"]] == citation["quote"]

    talk_to(make_server(tools), talk, mode=mode)


def test_history_completes_a_question_and_sources_choose_the_article(tools: Tools) -> None:
    async def talk(client: Client) -> None:
        asked = {
            "question": "Who founded it?",
            "history": [["When did the bakery open?", "It opened in 1990 [1]."]],
            "sources": [only_id(tools)],
        }
        answer = (await client.call_tool("ask_article", asked)).structured_content
        assert answer
        assert "bakery" in answer["standalone_question"]

    talk_to(make_server(tools), talk)


def test_that_the_article_does_not_say_is_no_error(make_assistant: Callable[..., Assistant]) -> None:
    async def talk(client: Client) -> None:
        result = await client.call_tool("ask_article", {"question": "Who is the king?"})
        assert not result.is_error
        assert result.structured_content
        assert result.structured_content["status"] == "not_in_article"

    talk_to(make_server(Tools(make_assistant(reader=FakeReader("nobody")), Doing())), talk)


def test_the_other_tools(tools: Tools) -> None:
    async def talk(client: Client) -> None:
        (source,) = (await client.call_tool("list_sources")).structured_content["sources"]
        assert (source["id"], source["characters"]) == (only_id(tools), len(TEXT))
        found = (await client.call_tool("search_passages", {"query": "bread", "limit": 1})).structured_content
        (passage,) = found["passages"]
        assert TEXT[passage["start"] : passage["end"]] == passage["text"]
        assert "bread" in passage["text"]
        assert passage["id"] == source["id"]
        checked = (await client.call_tool("verify_quote", {"quote": "opened in 1990"})).structured_content
        assert checked["verified"]

    talk_to(make_server(tools), talk)


def test_an_article_is_a_resource(tools: Tools) -> None:
    async def talk(client: Client) -> None:
        (resource,) = (await client.list_resources()).resources
        assert (resource.uri, resource.name) == (f"article://{only_id(tools)}", "bakery.txt")
        (template,) = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "article://{id}"
        (content,) = (await client.read_resource(resource.uri)).contents
        assert isinstance(content, types.TextResourceContents)
        assert content.text == TEXT

    talk_to(make_server(tools), talk)


HOSTILE: dict[str, tuple[str, dict[str, Any], str]] = {
    "a path": ("ask_article", {"question": "Who?", "sources": ["/etc/passwd"]}, "no article has this id"),
    "upwards": ("search_passages", {"query": "x", "sources": ["../../etc/passwd"]}, "no article has this id"),
    "a long id": ("verify_quote", {"quote": "x", "source": "x" * 1_000_000}, "no article has this id"),
    "an id of two lines": ("verify_quote", {"quote": "x", "source": "a\nb\x1b[31m"}, "no article has this id"),
    "a huge question": ("ask_article", {"question": "why " * 1_000_000}, "length <= 10000"),
    "no question": ("ask_article", {}, "missing required field `question`"),
    "an empty question": ("ask_article", {"question": " \n"}, "is empty"),
    "a number": ("ask_article", {"question": 7}, "Expected `str`, got `int` - at `$.question`"),
    "a crooked history": ("ask_article", {"question": "Who?", "history": [["a"]]}, "at `$.history[0]`"),
    "a long history": (
        "ask_article",
        {"question": "Who?", "history": [["a", "b"]] * 101},
        "length <= 100 - at `$.history`",
    ),
    "a huge history": ("ask_article", {"question": "Who?", "history": [["a", "b" * 10_001]]}, "length <= 10000"),
    "another key": ("ask_article", {"question": "Who?", "path": "/etc"}, "unknown field `path`"),
    "too many": ("search_passages", {"query": "x", "limit": 10**30}, "at `$.limit`"),
    "before the start": ("verify_quote", {"quote": "x", "start": -1}, "at `$.start`"),
}


@pytest.mark.parametrize(("tool", "arguments", "line"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_wrong_with_a_call_is_one_short_line(
    tools: Tools, tool: str, arguments: dict[str, Any], line: str
) -> None:
    async def talk(client: Client) -> None:
        result = await client.call_tool(tool, arguments)
        assert result.is_error
        assert line in said(result)
        assert len(said(result)) < 200
        assert said(result).isprintable()

    talk_to(make_server(tools), talk, mode="legacy")


@pytest.mark.parametrize(
    "uri", ["article://../bakery.txt", "file:///etc/passwd", "article:///etc/passwd", "article://"]
)
def test_nothing_but_an_id_leads_to_a_text(tools: Tools, uri: str) -> None:
    async def talk(client: Client) -> None:
        with pytest.raises(MCPError, match="no article has this id"):
            await client.read_resource(uri)

    talk_to(make_server(tools), talk)


def test_null_is_as_good_as_nothing(tools: Tools) -> None:
    async def talk(client: Client) -> None:
        result = await client.call_tool(
            "ask_article", {"question": "Who founded it?", "history": None, "sources": None}
        )
        assert not result.is_error

    talk_to(make_server(tools), talk)


def test_an_article_that_has_gone_is_one_line(tools: Tools, article: Path) -> None:
    article.unlink()

    async def talk(client: Client) -> None:
        result = await client.call_tool("list_sources")
        assert result.is_error
        assert said(result).endswith("bakery.txt: no such file")

    talk_to(make_server(tools), talk)


@pytest.mark.parametrize("mode", MODES)
def test_what_libraries_and_children_write_does_not_reach_the_client(article: Path, mode: str) -> None:
    async def talk(client: Client) -> None:
        for _ in range(3):
            result = await client.call_tool("ask_article", {"question": "Who founded the bakery?"})
            assert result.structured_content
            assert result.structured_content["answer"] == "Maria Lopez founded it [1]."

    talk_to(process(article, "loud"), talk, mode=mode)


def test_steps_are_reported_to_those_who_ask_for_it(article: Path) -> None:
    steps: list[tuple[float, str | None]] = []

    async def talk(client: Client) -> None:
        async def note(progress: float, total: float | None, message: str | None) -> None:
            steps.append((progress, message))

        await client.call_tool("ask_article", {"question": "Who founded the bakery?"}, progress_callback=note)

    talk_to(process(article), talk)
    assert [number for number, _ in steps] == [float(n + 1) for n in range(len(steps))]
    assert [message for _, message in steps][-2:] == ["the evidence is found", "Maria Lopez founded it [1]."]


def test_a_call_that_was_given_up_does_not_hold_up_the_next_for_long(tools: Tools) -> None:
    async def talk(client: Client) -> None:
        with tools._lock:  # another question is being answered
            with anyio.move_on_after(0.2) as waited:
                await client.call_tool("ask_article", {"question": "Who founded the bakery?"})
            assert waited.cancelled_caught
        assert not (await client.call_tool("ask_article", {"question": "Who founded the bakery?"})).is_error

    talk_to(make_server(tools), talk)


def test_more_calls_at_once_than_there_are_threads_are_all_answered(article: Path) -> None:
    async def talk(client: Client) -> None:
        answers: list[str] = []

        async def note(progress: float, total: float | None, message: str | None) -> None:
            """Have progress told, so that it is in the way too."""

        async def ask() -> None:
            result = await client.call_tool(
                "ask_article", {"question": "Who founded the bakery?"}, progress_callback=note
            )
            answers.append((result.structured_content or {})["answer"])

        async with anyio.create_task_group() as group:
            for _ in range(60):
                group.start_soon(ask)
        assert answers == ["Maria Lopez founded it [1]."] * 60

    talk_to(process(article), talk)


def send(running: subprocess.Popen[str], method: str, params: dict[str, Any], number: int | None = None) -> None:
    """Write a message of the protocol, which is a line; without ``number`` it wants no answer."""
    assert running.stdin
    message = {"jsonrpc": "2.0", "method": method, "params": params} | ({} if number is None else {"id": number})
    running.stdin.write(json.dumps(message) + "\n")
    running.stdin.flush()


def greet(running: subprocess.Popen[str]) -> None:
    """Shake hands, as a client of 2025 does."""
    client = {"name": "test", "version": "1"}
    send(running, "initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}, 0)
    assert running.stdout
    assert json.loads(running.stdout.readline())["result"]["serverInfo"]["name"] == "article-qa"
    send(running, "notifications/initialized", {})


def ask_slowly(running: subprocess.Popen[str]) -> None:
    """Ask what is read for a minute, and wait until it is read."""
    greet(running)
    send(running, "tools/call", {"name": "ask_article", "arguments": {"question": "How slow is it?"}}, 1)
    assert running.stderr
    assert running.stderr.readline() == "reading\n"


def test_it_ends_at_once_with_its_input_also_while_it_answers(article: Path) -> None:
    with started(*FAKES, "--", "mcp", str(article)) as running:
        ask_slowly(running)
        assert running.stdin
        running.stdin.close()
        assert running.wait(timeout=30) == 0


def test_ctrl_c_ends_it_also_while_it_answers(article: Path) -> None:
    with started(*FAKES, "--", "mcp", str(article)) as running:
        ask_slowly(running)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) == -signal.SIGINT


def test_lines_that_are_no_messages_do_not_end_it(article: Path) -> None:
    with started(*FAKES, "--", "mcp", str(article)) as running:
        greet(running)
        assert running.stdin
        assert running.stdout
        for line in ("", "{", "[]", '"x"', '{"jsonrpc": "2.0"}', "\x00", "[" * 100_000, "x" * 1_000_000):
            running.stdin.write(line + "\n")
        question = {"question": "half a \ud800 character"}
        send(running, "tools/call", {"name": "ask_article", "arguments": question}, 4)
        send(running, "ping", {}, 5)
        answers = iter(running.stdout.readline, "")
        assert next(a for a in map(json.loads, answers) if a.get("id") == 5)["result"] == {}


@pytest.mark.real
def test_with_the_real_models_nothing_but_the_protocol_is_on_standard_output(seed: Path) -> None:
    question = {"question": "Who commands the offensive?"}
    with started("-m", "qa", "mcp", str(seed)) as running:
        greet(running)
        send(running, "tools/call", {"name": "ask_article", "arguments": question}, 1)
        send(running, "resources/list", {}, 2)
        assert running.stdin
        assert running.stdout
        assert running.stderr
        lines = [json.loads(running.stdout.readline()) for _ in range(2)]
        running.stdin.close()
        assert running.stdout.read() == ""
        assert running.wait(timeout=30) == 0
        assert running.stderr.read() == ""
    by_id = {line["id"]: line["result"] for line in lines}
    answer = by_id[1]["structuredContent"]
    assert "Golani" in answer["answer"]
    text = seed.read_text(encoding="utf-8")
    assert all(text[c["start"] : c["end"]] == c["quote"] for c in answer["citations"])
    assert by_id[2]["resources"][0]["name"] == seed.name
