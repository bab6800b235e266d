"""The models that answer on the command line, replaced by fakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.answering.parts import Parts
from qa.answering.prompts import load_prompts
from qa.settings import Settings
from tests.conftest import FakeEmbedder, FakeGenerator, FakeReader


@pytest.fixture
def _fake_models(monkeypatch: pytest.MonkeyPatch) -> None:
    def parts(_: Settings) -> Parts:
        texts = ["Maria Lopez founded the bakery [1]."] * 9
        return Parts(FakeEmbedder(), FakeGenerator(*texts), load_prompts(), FakeReader("Maria Lopez"))

    monkeypatch.setattr("qa.cli.opening.load_parts", parts)
    monkeypatch.setattr("qa.models.select.load_embedder", lambda _: FakeEmbedder())


@pytest.fixture
def silent(tmp_path: Path) -> Path:
    """An article that answers nothing."""
    path = tmp_path / "silent.txt"
    path.write_text("Nothing of interest happened in the village today.", encoding="utf-8")
    return path
