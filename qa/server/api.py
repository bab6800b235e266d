"""The routes of `/api/v1`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta

from qa.server.access import SESSION, Tokens
from qa.server.refusals import RefusedError
from qa.server.routing import as_json, body, event, events, service_of, while_connected
from qa.types import Answer, Evidence, Turn

_SHOWN = 5  # candidates of the evidence
router = APIRouter()


class SessionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: str


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    question: Annotated[str, Meta(min_length=1, max_length=10_000)]
    history: Annotated[list[Turn], Meta(max_length=1000)] = []
    sources: Annotated[list[str], Meta(min_length=1, max_length=1000)] | None = None
    conversation: str | None = None


@router.post(SESSION)
async def session(request: Request) -> Response:
    tokens: Tokens = request.app.state.tokens
    given = await body(request, SessionRequest)
    if not tokens.exchange(given.token):
        raise RefusedError(401, "the token is wrong; the server printed it when it started")
    response = Response(status_code=204)
    response.set_cookie(tokens.cookie_name, tokens.cookie, httponly=True, samesite="strict")
    return response


@router.get("/api/v1/sources")
async def sources(request: Request) -> Response:
    return as_json({"sources": service_of(request).sources.listed()})


@router.get("/api/v1/sources/{identifier}/text")
async def text(request: Request, identifier: str) -> Response:
    return as_json(service_of(request).sources.text(identifier))


@router.post("/api/v1/ask")
async def ask(request: Request) -> Response:
    service = service_of(request)
    asked = await body(request, Ask)
    files = service.sources.files(asked.sources)
    if "text/event-stream" in request.headers.get("accept", ""):
        return events(_steps(request, asked, files), request.url.path)
    answer = await while_connected(request, service.desk.ask(asked.question, history=asked.history, sources=files))
    return as_json(answer)


async def _steps(request: Request, asked: Ask, files: tuple[str, ...]) -> AsyncGenerator[bytes | None, None]:
    desk = service_of(request).desk
    async with aclosing(desk.stream(asked.question, history=asked.history, sources=files)) as steps:
        async for step in steps:
            if isinstance(step, Evidence):
                yield event("evidence", _shown(step))
            elif isinstance(step, str):
                yield event("text", {"text": step})
            elif isinstance(step, Answer):
                yield event("answer", step)
            else:
                yield None


def _shown(evidence: Evidence) -> dict[str, Any]:
    candidates = [
        {
            "source": c.hit.document.source,
            "start": (c.quote or c.hit.passage.span).start,
            "end": (c.quote or c.hit.passage.span).end,
            "quote": c.quote_text,
            "answer": c.answer_text,
            "probability": round(c.probability, 4),
        }
        for c in evidence.candidates[:_SHOWN]
    ]
    return {
        "standalone_question": evidence.standalone_question,
        "confidence": round(evidence.confidence, 4),
        "candidates": candidates,
    }
