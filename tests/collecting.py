"""Collections of short texts, indexed with a fake embedder, for tests."""

from __future__ import annotations

import functools
from pathlib import Path

from qa.answering.assistant import Assistant
from qa.answering.collection import Collection
from qa.answering.parts import Parts
from qa.answering.prompts import load_prompts
from qa.collections.prepare import prepare
from qa.collections.update import Update
from qa.index.prepare import recipe_of
from qa.index.stores.open import open_store
from qa.protocols import Reader
from qa.settings import Settings
from qa.sources.fetch import Pages
from tests.conftest import FakeEmbedder, FakeGenerator, FakeReader

NAME = "news"


def write(folder: Path, **texts: str) -> Path:
    """Write each text to a file of its name in ``folder``."""
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def index(folder: Path, settings: Settings) -> None:
    """Bring the collection up to date with a folder."""
    embedder = FakeEmbedder()
    prepares = functools.partial(prepare, settings=settings, embedder=embedder)
    with open_store(settings, NAME, write=recipe_of(settings, embedder)) as store:
        list(Update([str(folder)], Pages(settings)).run(store, prepares))


def over(settings: Settings, *sources: str, texts: tuple[str, ...] = (), reader: Reader | None = None) -> Assistant:
    """Open an assistant over the collection; ``texts`` are what its generator writes."""
    parts = Parts(FakeEmbedder(), FakeGenerator(*texts), load_prompts(), reader or FakeReader("\0"))
    return Assistant(sources, settings, parts, corpus=Collection.open(NAME, settings, parts.embedder))
