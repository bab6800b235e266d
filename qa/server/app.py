"""The app: routes, the page's files and the guard before them put together."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from qa import __version__
from qa.server import api
from qa.server.access import SESSION, Access, Hosts, Tokens
from qa.server.refusals import RefusedError, body_of
from qa.server.routing import JSON, Service, as_json

PAGE = Path(__file__).with_name("page")


def create_app(service: Service, *, tokens: Tokens, hosts: Hosts) -> FastAPI:
    """Make the app of a server."""
    # The documentation pages of FastAPI load scripts from elsewhere.
    app = FastAPI(title="Article QA", version=__version__, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.service, app.state.tokens = service, tokens
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(HTTPException, _refused)
    app.include_router(api.router)

    @app.get("/healthz")
    async def healthz() -> Response:
        return as_json({"ok": True})

    @app.get("/readyz")
    async def readyz() -> Response:
        missing = service.desk.missing()
        if missing or not service.sources.settled():
            raise RefusedError(503, missing or "the articles are being indexed", headers={"Retry-After": "1"})
        return as_json({"ready": True})

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(service.metrics.text(), media_type=service.metrics.media_type)

    files = {f"/{p.relative_to(PAGE).as_posix()}" for p in PAGE.rglob("*") if p.is_file()}
    app.mount("/", StaticFiles(directory=PAGE, html=True, check_dir=False))
    app.add_middleware(
        Access,
        tokens=tokens,
        hosts=hosts,
        metrics=service.metrics,
        page={"/", *files},
        open_paths={SESSION, "/healthz", "/readyz"},
        upload_bytes=service.settings.limits.bytes,
    )
    return app


async def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        error = RefusedError(error.status_code, str(error.detail), headers=error.headers or {})
    assert isinstance(error, RefusedError)
    return Response(body_of(error, request.url.path), error.status, dict(error.headers), JSON)
