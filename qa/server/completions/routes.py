"""The routes of `/v1`, as clients of OpenAI's API know them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event

from qa.server.completions.replies import ChatCompletion, Chunk, Link, Model, ModelList, Reply
from qa.server.completions.requests import ChatRequest, Options, StreamOptions, conversation, parse
from qa.server.contract import described
from qa.server.desk import Step
from qa.server.library.opened import Source
from qa.server.library.sources import Sources
from qa.server.refusals import OpenAIError, RefusedError, body_of, refusal_of
from qa.server.routing import as_json, in_thread, service_of, while_connected
from qa.types import Answer, Citation

EVERYTHING = "article-qa"  # the model that answers from all sources; article-qa/ID answers from one
_EVERY = Model(id=EVERYTHING, name="all articles")
_LISTED = 1000  # models, at most
_STREAM = "Where `stream` is true: events whose data is a chat.completion.chunk, and at the end [DONE]."
router = APIRouter(prefix="/v1", default_response_class=Response)


@router.get("/models", **described(gives=ModelList, refuses=OpenAIError))
async def models(request: Request) -> Response:
    """List what can be asked: all articles, and each of them."""
    return as_json(await in_thread(_models, service_of(request).sources))


@router.get("/models/{name:path}", **described(gives=Model, refuses=OpenAIError))
async def model(request: Request, name: str) -> Response:
    """Describe one of what can be asked."""
    sources = service_of(request).sources
    if name == EVERYTHING:
        return as_json(_EVERY)
    (chosen,) = await in_thread(_chosen, sources, name)
    source = await in_thread(sources.find, chosen)
    return as_json(_model(source) if source else _EVERY)


@router.post("/chat/completions", **described(ChatRequest, gives=ChatCompletion, streams=_STREAM, refuses=OpenAIError))
async def complete(request: Request) -> Response:
    """Answer the last message; the ones before it are the history."""
    service = service_of(request)
    asked = parse(await request.body())
    question, history = conversation(asked.messages)
    files = await in_thread(_chosen, service.sources, asked.model)
    reply = _reply(request, asked)
    if not asked.stream:
        answer = await while_connected(request, service.desk.ask(question, history=history, sources=files))
        return as_json(await in_thread(reply.whole, answer))
    steps = service.desk.stream(question, history=history, sources=files)
    # A refusal is a status as long as nothing has been sent: clients come again after a 429, not after an event.
    first = await while_connected(request, _next(steps))
    return EventSourceResponse(_events(first, steps, reply, request))


def _reply(request: Request, asked: ChatRequest) -> Reply:
    return Reply(
        asked.model,
        _links(str(request.base_url), service_of(request).sources),
        quotes=(asked.article_qa or Options()).quotes,
        usage=bool((asked.stream_options or StreamOptions()).include_usage),
    )


async def _next(steps: AsyncIterator[Step | None]) -> Step | None:
    return await anext(steps)


async def _events(
    first: Step | None, steps: AsyncIterator[Step | None], reply: Reply, request: Request
) -> AsyncIterator[bytes]:
    sent = ""
    try:
        async with aclosing(steps):  # type: ignore[type-var]
            yield _event(reply.begin())
            step = first
            while not isinstance(step, Answer):
                if isinstance(step, str):
                    sent += step
                    yield _event(reply.piece(step))
                elif step is None:
                    yield KEEPALIVE_COMMENT
                step = await anext(steps)
            for chunk in await in_thread(_all, reply.end(step, sent)):
                yield _event(chunk)
    except Exception as error:  # noqa: BLE001 - the status has been sent, so that the guard can no longer say it
        refusal = refusal_of(error)
        if refusal.reason:
            service_of(request).metrics.refused(refusal.reason)
        yield format_sse_event(data_str=body_of(refusal, request.url.path).decode())
    else:
        yield format_sse_event(data_str="[DONE]")


def _all(chunks: Iterator[Chunk]) -> list[Chunk]:
    return list(chunks)


def _event(value: object) -> bytes:
    return format_sse_event(data_str=msgspec.json.encode(value).decode())


def _models(sources: Sources) -> ModelList:
    # Of a large collection the others can be asked too, but are not listed.
    ready = (source for source in islice(sources.listed(), _LISTED) if source.status == "ready")
    return ModelList([_EVERY, *map(_model, ready)])


def _model(source: Source) -> Model:
    return Model(id=f"{EVERYTHING}/{source.id}", name=source.name)


def _chosen(sources: Sources, name: str) -> tuple[str, ...]:
    if name == EVERYTHING:
        return sources.chosen(None)
    prefix, _, identifier = name.partition("/")
    try:
        if prefix == EVERYTHING:
            return sources.chosen([identifier])
    except RefusedError as error:
        if error.status != 404:  # noqa: PLR2004
            raise
    raise RefusedError(
        404,
        f"{name[:80]}: there is no such model; GET /v1/models lists them",
        parameter="model",
        code="model_not_found",
    )


def _links(base: str, sources: Sources) -> Link:
    def link(citation: Citation) -> tuple[str, str]:
        source = sources.find(citation.source)
        name = source.name if source else Path(citation.source).name
        place = f"#source={quote(source.id)}&quote={citation.start}-{citation.end}" if source else ""
        return citation.address or f"{base}{place}", name

    return link
