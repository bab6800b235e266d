"""A server of fakes in a process of its own, and OpenAI's client for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI

from tests.conftest import TEXT
from tests.server.fakes import TOKEN, serving


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the bakery's article for the tests of a module."""
    home = tmp_path_factory.mktemp("home")
    article = home / "bakery.txt"
    article.write_text(TEXT, encoding="utf-8")
    with serving(article, QA_HOME=str(home), QA_PASSAGE_TOKENS="16", QA_MIN_CONFIDENCE="0.3") as (_, base):
        yield base


@pytest.fixture
def client(address: str) -> Iterator[OpenAI]:
    with client_of(address) as client:
        yield client


def client_of(address: str, token: str = TOKEN) -> OpenAI:
    """Make a client that does not come again after a refusal."""
    return OpenAI(base_url=f"{address}v1", api_key=token, max_retries=0, timeout=30)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "bakery.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path
