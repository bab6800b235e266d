"""The list of models, with files that are not loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.models.inspect import Facts
from qa.models.listing import listed
from qa.settings import Settings

FACTS = Facts("llama 1M Q4_0", 8192, "Small", "apache-2.0", chat=True)


@pytest.fixture
def pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    path = tmp_path / "models" / "owner" / "repo" / "small.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"GGUF")
    monkeypatch.setattr("qa.models.listing.inspect_model", lambda *_, **__: FACTS)
    return Settings(models_dir=tmp_path / "models", base_url="http://localhost:8000/v1")


def in_use(settings: Settings, model: str) -> list[tuple[str, bool]]:
    from msgspec.structs import replace

    return [(m.name, m.in_use) for m in listed(replace(settings, model=model))]


def test_the_model_in_use_is_marked(pulled: Settings) -> None:
    assert in_use(pulled, "bundled") == [("bundled", True), ("small", False)]
    assert in_use(pulled, "small") == [("bundled", False), ("small", True)]
    assert in_use(pulled, "openai:large") == [("bundled", False), ("small", False), ("openai:large", True)]
    assert in_use(pulled, "/none.gguf") == [("bundled", False), ("small", False), ("none", True)]


def test_without_the_bundled_model_the_others_are_listed(pulled: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.models.listing.bundled_file", lambda: None)
    assert in_use(pulled, "bundled") == [("bundled", True), ("small", False)]
    assert listed(pulled)[0].error == "not installed"
