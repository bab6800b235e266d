"""What all routes share: the parts that they work with, bodies in, JSON and events out, clients that go away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from fastapi import Request, Response
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event

from qa.server.conversations import Conversations
from qa.server.desk import Desk
from qa.server.metrics import Metrics
from qa.server.refusals import RefusedError, body_of
from qa.server.sources import Sources
from qa.settings import Settings

Body = TypeVar("Body")
Result = TypeVar("Result")
JSON = "application/json"
_GONE = 499  # nobody reads it; it only says in the log what happened


@dataclass(frozen=True)
class Service:
    """The parts of a server that routes work with."""

    desk: Desk
    sources: Sources
    conversations: Conversations
    metrics: Metrics
    settings: Settings


def service_of(request: Request) -> Service:
    """Return the parts of the server that got this request."""
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


async def body(request: Request, kind: type[Body]) -> Body:
    """Read the body of a request as JSON.

    Raises:
        RefusedError: it is not JSON of that kind.
    """
    raw = await request.body()
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(400, f"the body is not what is expected here: {error}") from error


def as_json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Answer with a value as JSON."""
    return Response(msgspec.json.encode(value), status, headers, JSON)


async def while_connected(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """Wait for ``work``, and cancel it when the client goes away; the body of the request has been read.

    Raises:
        RefusedError: the client has gone.
    """
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise RefusedError(_GONE, "the client has gone")
    finally:
        for task in (working, gone):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def event(name: str, value: object) -> bytes:
    """Write one event of a stream."""
    return format_sse_event(event=name, data_str=msgspec.json.encode(value).decode())


def events(steps: AsyncGenerator[bytes | None, None], path: str, headers: dict[str, str] | None = None) -> Response:
    """Answer with a stream of events; a None is a sign of life, a refusal the last event."""

    async def written() -> AsyncIterator[bytes]:
        try:
            async with aclosing(steps) as closing:
                async for step in closing:
                    yield KEEPALIVE_COMMENT if step is None else step
        except RefusedError as refusal:
            yield format_sse_event(event="error", data_str=body_of(refusal, path).decode())

    return EventSourceResponse(written(), headers=headers)
