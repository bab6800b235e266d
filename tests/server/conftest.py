"""A server of fakes, spoken to in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from qa.answering.assistant import Assistant
from qa.answering.parts import Parts
from qa.answering.prompts import load_prompts
from qa.collections.prepare import Work, prepare
from qa.index.prepare import recipe_of
from qa.index.stores.open import open_store
from qa.protocols import Generator
from qa.server.access import Hosts, Tokens
from qa.server.app import create_app
from qa.server.conversations import Conversations
from qa.server.desk import Desk
from qa.server.library.collected import Collected
from qa.server.library.sources import Sources
from qa.server.metrics import Metrics
from qa.server.routing import Service
from qa.settings import Settings
from tests.conftest import TEXT, FakeEmbedder, FakeGenerator, FakeReader

TOKEN = "a token of tests, long enough"
PORT = 8642
SAID = "Maria Lopez founded the bakery [1]."

Serve = Callable[..., TestClient]


@pytest.fixture
def serve(article: Path, settings: Settings) -> Iterator[Serve]:
    """Start a server over the bakery's article, ``files`` or a ``collection``; give a client that sends the token."""
    with ExitStack() as stack:

        def make(
            *files: str | Path,
            generator: Generator | None = None,
            waiting: int = 16,
            seconds: float = 20.0,
            ready: bool = True,
            using: Settings = settings,
            collection: str = "",
        ) -> TestClient:
            metrics = Metrics()
            sources = Collected(using, FakeEmbedder(), collection) if collection else Sources(using, FakeEmbedder())
            parts = Parts(
                FakeEmbedder(), generator or FakeGenerator(*[SAID] * 99), load_prompts(), FakeReader("Maria Lopez")
            )
            assistant = Assistant((), using, parts, corpus=sources.corpus(parts.embedder))
            desk = Desk([assistant], metrics, waiting=waiting, seconds=seconds)
            stack.callback(desk.close, 5.0)
            stack.callback(sources.close)
            service = Service(desk, sources, Conversations(using), metrics, using)
            app = create_app(service, tokens=Tokens(TOKEN, PORT), hosts=Hosts("127.0.0.1", PORT))
            sources.start([] if collection else [str(f) for f in files or (article,)])
            desk.start()
            client = TestClient(app, f"http://127.0.0.1:{PORT}", headers={"Authorization": f"Bearer {TOKEN}"})
            stack.enter_context(client)
            until(lambda: not ready or client.get("/readyz").is_success)
            return client

        yield make


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Path:
    """Three articles in a folder of the working folder, in the collection news."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "news"
    folder.mkdir()
    texts = {"bakery.txt": TEXT, "mill.txt": "The mill closed in 1970.", "école.txt": "The school has a garden."}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    put_into("news", folder, settings)
    return folder


def put_into(collection: str, folder: Path, settings: Settings) -> None:
    """Index the files of a folder in a collection."""
    embedder = FakeEmbedder()
    works = [Work(str(path)) for path in sorted(folder.iterdir())]
    with open_store(settings, collection, write=recipe_of(settings, embedder)) as store:
        for batch in prepare(works, settings, embedder):
            store.put(batch.prepared)


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something holds.

    Raises:
        TimeoutError: it does not within ``seconds``.
    """
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError("it did not become true")
        time.sleep(0.01)
