"""Documents ready to be put, and the stores that the conformance suite is run on."""

from __future__ import annotations

import msgspec
import pytest

from qa.index.manifest import Recipe
from qa.index.passages import split
from qa.index.stores.protocol import Prepared
from qa.settings import Settings
from qa.types import Document
from tests.conftest import FakeEmbedder

RECIPE = Recipe(
    embedder="bag-of-words", embedder_sha256="0" * 64, language="auto", passage_tokens=16, overlap_sentences=0
)
EMBEDDER = FakeEmbedder()


def prepared(source: str, text: str, language: str = "en") -> Prepared:
    """Split and embed a text."""
    document = Document.from_text(source, text, title=f"Of {source}", pages=(0, 3), language=language)
    passages = split(text, EMBEDDER.count_tokens, max_tokens=16, overlap_sentences=0, language=language)
    vectors = EMBEDDER.encode([p.span.of(text) for p in passages])
    return Prepared(document, passages, vectors, file_sha256="f" * 64, size=len(text.encode()), mtime_ns=1)


@pytest.fixture(params=["embedded", "postgres"])
def where(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """Settings that say where collections are kept: each kind of store in its turn."""
    if request.param == "postgres":
        return msgspec.structs.replace(settings, store=request.getfixturevalue("database"))
    return msgspec.structs.replace(settings, collections_dir=settings.index_dir.parent / "collections")
