from __future__ import annotations

import threading
from pathlib import Path

import pytest

from qa.errors import IndexFolderError, ModelError
from qa.index.stores.embedded.store import EmbeddedStore
from qa.server import app
from qa.server.app import PAGE
from tests.conftest import FakeGenerator
from tests.server.conftest import Serve, until


class Loading(FakeGenerator):
    """Is loaded when it may be."""

    def __init__(self) -> None:
        super().__init__("Maria Lopez founded it [1].")
        self.may = threading.Event()

    def load(self) -> None:
        self.may.wait(20)


def test_it_is_ready_when_the_models_are_loaded_and_a_question_waits_for_that(serve: Serve) -> None:
    client = serve(generator=(generator := Loading()), ready=False)
    until(lambda: client.get("/readyz").json()["error"] == "the models are being loaded")
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    threading.Timer(0.05, generator.may.set).start()
    until(lambda: client.get("/api/v1/sources").json()["sources"][0]["status"] == "ready")
    assert client.post("/api/v1/ask", json={"question": "Who founded it?"}).json()["status"] == "answered"
    assert client.get("/readyz").json() == {"ready": True}


def test_a_model_that_cannot_be_loaded_is_said(serve: Serve) -> None:
    class Broken(FakeGenerator):
        def load(self) -> None:
            raise ModelError("the model is broken; take another")

    client = serve(generator=Broken(), ready=False)
    until(lambda: "broken" in client.get("/readyz").json()["error"])
    until(lambda: client.get("/api/v1/sources").json()["sources"][0]["status"] == "ready")
    response = client.post("/api/v1/ask", json={"question": "Who?"})
    assert (response.status_code, response.json()["error"]) == (503, "the model is broken; take another")


def test_a_server_without_its_collection_is_not_ready(
    serve: Serve, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serve(collection="news")
    looks, waits = list[int](), threading.Event()

    def lost(_: EmbeddedStore) -> int:
        raise IndexFolderError("postgresql://here/news: cannot be reached")

    def silent(_: EmbeddedStore) -> int:
        looks.append(1)
        waits.wait(20)
        return 3

    monkeypatch.setattr(EmbeddedStore, "__len__", lost)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["error"]) == (503, "postgresql://here/news: cannot be reached")
    assert client.get("/healthz").status_code == 200
    monkeypatch.setattr(app, "_PATIENCE", 0.1)
    monkeypatch.setattr(EmbeddedStore, "__len__", silent)
    assert {client.get("/readyz").status_code for _ in range(3)} == {503}
    assert looks == [1], "who asks again waits for the same look"
    waits.set()
    until(lambda: client.get("/readyz").is_success)


def test_the_page_is_served_as_what_it_is(serve: Serve) -> None:
    client = serve()
    kinds = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    for file in PAGE.iterdir():
        response = client.get(f"/{file.name}")
        assert response.content == file.read_bytes()
        assert response.headers["content-type"].partition(";")[0] == kinds[file.suffix]
    assert client.get("/").content == (PAGE / "index.html").read_bytes()
    assert client.get("/__init__.py").status_code == 404


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect"])
def test_there_is_no_page_that_loads_from_elsewhere(serve: Serve, path: str) -> None:
    assert serve().get(path).status_code == 404


def test_nothing_is_sent_to_a_collector(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    # The framework would export what it sees of requests, and fail here for want of what it needs for that.
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    assert serve().get("/healthz").json() == {"ok": True}
