"""A folder of articles, and a collection that is empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.index.prepare import recipe_of
from qa.index.stores.embedded.store import EmbeddedStore
from qa.index.stores.protocol import Store
from qa.settings import Settings
from tests.conftest import FakeEmbedder


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    for name in ("a.txt", "b.txt", "sub/c.txt"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"This is the article {path.stem}. It has two sentences.", encoding="utf-8")
    return folder


@pytest.fixture
def store(tmp_path: Path, settings: Settings) -> Iterator[Store]:
    recipe = recipe_of(settings, FakeEmbedder())
    with EmbeddedStore.open(tmp_path / "collections", "news", recipe, seconds=5.0) as opened:
        yield opened
