"""What all routes share: the parts that they work with, bodies in, JSON and events out, clients that go away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import anyio
import msgspec
from fastapi import Request, Response
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event

from qa.server.conversations import Conversations
from qa.server.desk import Desk
from qa.server.library.sources import Sources
from qa.server.metrics import Metrics
from qa.server.refusals import RefusedError, body_of, refusal_of
from qa.settings import Settings

Body = TypeVar("Body")
Result = TypeVar("Result")
JSON = "application/json"
_UPLOADS = 4  # at a time
_GONE = 499  # nobody reads it; it only says in the log what happened


@dataclass(frozen=True)
class Service:
    """The parts of a server that routes work with."""

    desk: Desk
    sources: Sources
    conversations: Conversations
    metrics: Metrics
    settings: Settings
    uploading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_UPLOADS))


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
        working.cancel()
        gone.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def event(name: str, value: object) -> bytes:
    """Write one event of a stream."""
    return format_sse_event(event=name, data_str=msgspec.json.encode(value).decode())


async def events(request: Request, steps: AsyncGenerator[bytes | None, None]) -> Response:
    """Answer with a stream of events; a None is a sign of life, a refusal the last event.

    Raises:
        RefusedError: there is not even a first step; what goes wrong before that is a status.
    """
    first = await while_connected(request, _next(steps))
    path, metrics = request.url.path, service_of(request).metrics

    async def written() -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(steps):
                yield first or KEEPALIVE_COMMENT
                async for step in steps:
                    yield step or KEEPALIVE_COMMENT
        except Exception as error:  # noqa: BLE001 - the status has been sent, so that the guard can no longer say it
            refusal = refusal_of(error)
            if refusal.reason:
                metrics.refused(refusal.reason)
            yield format_sse_event(event="error", data_str=body_of(refusal, path).decode())

    return EventSourceResponse(written())


async def _next(steps: AsyncGenerator[bytes | None, None]) -> bytes | None:
    return await anext(steps)


async def in_thread(work: Callable[..., Result], *arguments: Any) -> Result:
    """Do what takes its time with files in a thread; nobody waits for it when the request is cancelled."""
    return await anyio.to_thread.run_sync(partial(work, *arguments), abandon_on_cancel=True)
