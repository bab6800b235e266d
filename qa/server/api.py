"""The routes of `/api/v1`."""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, closing
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from qa.answering.assistant import Assistant
from qa.conversation.suggestions import suggest
from qa.errors import SourceError
from qa.server import contract
from qa.server.access import SESSION, UPLOADS, Tokens
from qa.server.contract import described
from qa.server.conversations import MEDIA_TYPES, Form, Kept, Saved, keeping
from qa.server.library.found import Passages, passages_of
from qa.server.library.opened import Source, Text
from qa.server.refusals import RefusedError
from qa.server.routing import Service, as_json, body, event, events, in_thread, service_of, while_connected
from qa.sources.uploads import Upload
from qa.system.cache import ModelCache
from qa.types import Answer, Evidence

_CANDIDATES = 5  # of the evidence that are told
_LISTED = 1000  # sources in one answer, at most
_DEEPEST = 1_000_000_000  # source that an answer begins with
_CONVERSATIONS = "/api/v1/conversations"
router = APIRouter(default_response_class=Response)


@router.post(SESSION, **described(contract.SessionRequest, status=204, public=True))
async def session(request: Request) -> Response:
    """Exchange the token for a cookie."""
    tokens: Tokens = request.app.state.tokens
    given = await body(request, contract.SessionRequest)
    if not tokens.exchange(given.token):
        raise RefusedError(401, "the token is wrong; the server printed it when it started")
    response = Response(status_code=204)
    response.set_cookie(tokens.cookie_name, tokens.cookie, httponly=True, samesite="strict")
    return response


@router.get(UPLOADS, **described(gives=contract.SourceList))
async def sources(
    request: Request,
    query: Annotated[str, Query(max_length=1000)] = "",
    limit: Annotated[int, Query(ge=1, le=_LISTED)] = _LISTED,
    offset: Annotated[int, Query(ge=0, le=_DEEPEST)] = 0,
) -> Response:
    """List the sources, those with `query` in their names."""
    sources = service_of(request).sources
    page = await in_thread(lambda: list(itertools.islice(sources.listed(query), offset, offset + limit)))
    return as_json(contract.SourceList(page, await in_thread(sources.total), sources.collection))


@router.post(UPLOADS, **described(contract.FILE, gives=Source, status=202))
async def send(request: Request, name: str) -> Response:
    """Send a file, as it is; it is indexed in the background."""
    service = service_of(request)
    service.sources.make_room()
    if service.uploading.locked():
        raise RefusedError.busy("other files are being sent; send it later", 5)
    async with service.uploading:
        upload = await _received(request, service, name)
    return as_json(service.sources.receive(upload), 202)


async def _received(request: Request, service: Service, name: str) -> Upload:
    try:
        with service.sources.uploads.receiving(name) as incoming:
            async for piece in request.stream():
                await in_thread(incoming.write, piece)
    except SourceError as error:
        raise RefusedError(503, str(error)) from error
    assert incoming.upload
    return incoming.upload


@router.delete(UPLOADS + "/{identifier}", **described(status=204))
async def remove(request: Request, identifier: str) -> Response:
    """Close a source; a file that was sent is deleted with its index, any other file stays."""
    await in_thread(service_of(request).sources.remove, identifier)
    return Response(status_code=204)


@router.get(UPLOADS + "/{identifier}/text", **described(gives=Text))
async def text(request: Request, identifier: str) -> Response:
    """Give the text in which the offsets of citations count."""
    return as_json(await in_thread(service_of(request).sources.text, identifier))


@router.get(UPLOADS + "/{identifier}/suggestions", **described(gives=contract.Suggestions))
async def suggestions(request: Request, identifier: str) -> Response:
    """Give questions that the source answers; the first time they are looked for while nothing else is asked."""
    service = service_of(request)
    entry = await in_thread(service.sources.ready, identifier)

    def look(assistant: Assistant, pause: Callable[[], None]) -> list[str]:
        alone = Assistant(
            (entry.file,),
            service.settings,
            assistant.parts,
            corpus=service.sources.corpus(assistant.parts.embedder),
        )
        with closing(alone):
            return suggest(alone, ModelCache(service.settings.cache_dir), before_each=pause)

    if entry.suggestions is None:
        entry.suggestions = tuple(await while_connected(request, service.desk.when_idle(look)))
    return as_json(contract.Suggestions(entry.suggestions))


@router.post("/api/v1/ask", **described(contract.Ask, gives=Answer, streams=contract.EVENTS))
async def ask(request: Request) -> Response:
    """Answer a question: as JSON, or as events where the client accepts `text/event-stream`."""
    service = service_of(request)
    asked = await body(request, contract.Ask)
    files = await in_thread(service.sources.chosen, asked.sources)
    collection = service.sources.collection_of(files)
    if asked.conversation is not None:
        if asked.history is not None:
            raise RefusedError(400, "give either `conversation` or `history`; a kept conversation has its own")
        await in_thread(service.conversations.begin, asked.conversation, files, collection)  # to refuse before it waits

    def work(assistant: Assistant) -> Iterator[object]:
        history, recorder = service.conversations.begin(asked.conversation, files, collection)
        steps = assistant.stream(asked.question, history=asked.history or history, sources=files)
        return keeping(steps, recorder)

    steps = service.desk.steps(work)
    if "text/event-stream" in request.headers.get("accept", ""):
        return await events(request, _told(steps))
    return await while_connected(request, _whole(steps))


async def _whole(steps: AsyncGenerator[object, None]) -> Response:
    headers = {}
    async with aclosing(steps):
        async for step in steps:
            if isinstance(step, Saved):
                headers["X-Conversation"] = step.id
            elif isinstance(step, Answer):
                return as_json(step, headers=headers)
    raise TypeError("the stream ended without an answer")


async def _told(steps: AsyncGenerator[object, None]) -> AsyncGenerator[bytes | None, None]:
    async with aclosing(steps):
        async for step in steps:
            if isinstance(step, Evidence):
                yield event("evidence", _evidence(step))
            elif isinstance(step, str):
                yield event("text", contract.Piece(step))
            elif isinstance(step, Saved):
                yield event("conversation", contract.ConversationId(step.id))
            elif isinstance(step, Answer):
                yield event("answer", step)
            else:
                yield None


def _evidence(evidence: Evidence) -> contract.EvidenceTold:
    candidates = []
    for candidate in evidence.candidates[:_CANDIDATES]:
        place = candidate.quote or candidate.hit.passage.span
        candidates.append(
            contract.CandidateTold(
                source=candidate.hit.document.source,
                start=place.start,
                end=place.end,
                quote=candidate.quote_text,
                answer=candidate.answer_text,
                probability=round(candidate.probability, 4),
            )
        )
    return contract.EvidenceTold(evidence.standalone_question, round(evidence.confidence, 4), candidates)


@router.post("/api/v1/search", **described(contract.Search, gives=Passages))
async def search(request: Request) -> Response:
    """Find passages by meaning and by words, best first."""
    service = service_of(request)
    wanted = await body(request, contract.Search)
    files = await in_thread(service.sources.chosen, wanted.sources)
    found = await while_connected(
        request, service.desk.do(lambda assistant: assistant.retriever(files).retrieve(wanted.query, wanted.limit))
    )

    def ids() -> dict[str, str]:
        sources = {hit.document.source for hit in found}
        return {known.source: known.id for known in map(service.sources.find, sources) if known}

    return as_json(passages_of(found, await in_thread(ids)))


@router.post("/api/v1/verify", **described(contract.Verify, gives=contract.Verified))
async def verify(request: Request) -> Response:
    """Tell which quotes of a saved answer do not stand at their places in the sources that are open."""
    find = service_of(request).sources.document
    quotes = (await body(request, contract.Verify)).answer.citations

    def check() -> list[int]:
        return [q.number for q in quotes if (d := find(q.source)) is None or d.text[q.start : q.end] != q.quote]

    wrong = await in_thread(check)
    return as_json(contract.Verified(quotes=len(quotes), broken=wrong))


@router.get(_CONVERSATIONS, **described(gives=contract.Conversations))
async def conversations(request: Request) -> Response:
    """List the kept conversations, the newest first."""
    return as_json(contract.Conversations(await in_thread(service_of(request).conversations.listed)))


@router.get(_CONVERSATIONS + "/{identifier}", **described(gives=Kept))
async def conversation(request: Request, identifier: str) -> Response:
    """Give a kept conversation."""
    return as_json(await in_thread(service_of(request).conversations.read, identifier))


@router.delete(_CONVERSATIONS + "/{identifier}", **described(status=204))
async def forget(request: Request, identifier: str) -> Response:
    """Delete a kept conversation for good."""
    await in_thread(service_of(request).conversations.delete, identifier)
    return Response(status_code=204)


@router.get(_CONVERSATIONS + "/{identifier}/export", **described(files=tuple(MEDIA_TYPES.values())))
async def export(request: Request, identifier: str, format: Form) -> Response:  # noqa: A002 - the parameter's name
    """Give a kept conversation as a file."""
    service = service_of(request)
    written = await in_thread(service.conversations.export, identifier, format, service.sources.document)
    headers = {"Content-Disposition": f'attachment; filename="{identifier}.{format}"'}
    return Response(written, headers=headers, media_type=MEDIA_TYPES[format])
