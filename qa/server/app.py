"""The app: routes, the page's files and the guard before them put together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from qa import __version__
from qa.errors import QAError
from qa.server import api, contract
from qa.server.access import SESSION, Access, Hosts, Tokens
from qa.server.completions import routes as completions
from qa.server.refusals import RefusedError
from qa.server.routing import Service, as_json, in_thread

PAGE = Path(__file__).with_name("page")
_PATIENCE = 5.0  # seconds for a database to say that it is there


def create_app(service: Service, *, tokens: Tokens, hosts: Hosts) -> FastAPI:
    """Make the app of a server."""
    # The documentation pages of FastAPI load scripts from elsewhere.
    app = FastAPI(
        title="Article QA",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    service.metrics.watch_sources(service.sources.count)
    app.state.service, app.state.tokens = service, tokens
    app.add_exception_handler(HTTPException, _refused)
    app.include_router(api.router)
    app.include_router(completions.router)

    app.add_exception_handler(RequestValidationError, _refused)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> Response:
        return as_json({"ok": True})

    looked = _Looked(service.sources.count)

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        missing = service.desk.missing()
        if not missing and not service.sources.settled():
            missing = "the articles are being indexed"
        if missing := missing or await looked.failed():
            raise RefusedError(503, missing, headers={"Retry-After": "1"})
        return as_json({"ready": True})

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(await in_thread(service.metrics.text), media_type=service.metrics.media_type)

    # Each file has a route of its own, so that there is no path to anything else.
    page = StaticFiles(directory=PAGE)

    async def file(request: Request) -> Response:
        return await page.get_response(request.url.path.lstrip("/") or "index.html", request.scope)

    paths = {"/", *(f"/{p.relative_to(PAGE).as_posix()}" for p in PAGE.rglob("*") if p.is_file())}
    for path in paths:
        app.add_route(path, file, methods=["GET"])
    app.add_middleware(
        Access,
        tokens=tokens,
        hosts=hosts,
        metrics=service.metrics,
        page=paths,
        open_paths={SESSION, "/healthz", "/readyz"},
        upload_bytes=service.settings.limits.bytes,
    )
    return app


class _Looked:
    """Looks whether what can be asked is there, once for all who want to know at the same time."""

    def __init__(self, look: Callable[[], object]) -> None:
        self._look = look
        self._looking: asyncio.Future[str] | None = None

    async def failed(self) -> str:
        """Say in one line why it is not there; empty where it is."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(in_thread(self._why_not))
        done, _ = await asyncio.wait({self._looking}, timeout=_PATIENCE)
        return self._looking.result() if done else f"the collection has not answered for {_PATIENCE:g} s"

    def _why_not(self) -> str:
        try:
            self._look()
        except QAError as error:
            return str(error)
        return ""


async def _refused(_: Request, error: Exception) -> Response:
    """Have what the libraries refuse answered like all else, by the guard."""
    if isinstance(error, HTTPException):
        raise RefusedError(error.status_code, str(error.detail), headers=error.headers or {}) from error
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    raise RefusedError(400, f"{first['loc'][-1]}: {first['msg']}") from error


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schema["components"] = {
            "schemas": contract.components(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        }
        schema["security"] = [{"token": []}]
        for operations in schema["paths"].values():
            for operation in operations.values():
                # What FastAPI would say of bad parameters has another shape here.
                operation["responses"].pop("422", None)
        app.openapi_schema = schema
    return app.openapi_schema
