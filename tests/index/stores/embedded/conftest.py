"""A collection in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.index.stores.embedded.store import EmbeddedStore
from tests.index.stores.conftest import RECIPE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "collections" / "news"


@pytest.fixture
def store(folder: Path) -> Iterator[EmbeddedStore]:
    with EmbeddedStore.open(folder.parent, folder.name, RECIPE, seconds=20.0) as opened:
        yield opened
