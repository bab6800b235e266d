from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import ModelError
from qa.models.capability import Capability, decided, found, keep
from qa.settings import Settings

CAPABLE = Capability("model", asked=12, right=95.0, reader_right=80.0, unsupported=0.0, seconds=2.0)


def settings(folder: Path, **others: str) -> Settings:
    served = {"model": "openai:large", "base_url": "http://localhost:1/v1", **others}
    return Settings(models_dir=folder, cache_dir=folder / "cache", **served)  # type: ignore[arg-type]


def test_what_was_found_is_kept_by_server_and_name(tmp_path: Path) -> None:
    keep(settings(tmp_path), CAPABLE)
    assert found(settings(tmp_path)) == CAPABLE
    assert found(settings(tmp_path, model="openai:other")) is None


def test_a_file_is_known_by_its_hash_wherever_it_lies(tmp_path: Path) -> None:
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).write_bytes(b"the same")
    keep(settings(tmp_path, model=str(tmp_path / "a.gguf")), CAPABLE)
    assert found(settings(tmp_path, model=str(tmp_path / "b.gguf"))) == CAPABLE
    (tmp_path / "b.gguf").write_bytes(b"another")
    assert found(settings(tmp_path, model=str(tmp_path / "b.gguf"))) is None


def test_a_model_that_is_not_there_is_said(tmp_path: Path) -> None:
    keep(settings(tmp_path), CAPABLE)
    with pytest.raises(ModelError, match="`qa models` lists what is here"):
        found(settings(tmp_path, model=str(tmp_path / "nosuch.gguf")))


def test_what_was_found_decides_unless_a_setting_says_otherwise(tmp_path: Path) -> None:
    assert decided(settings(tmp_path)).answers_by == "reader"
    keep(settings(tmp_path), CAPABLE)
    assert decided(settings(tmp_path)).answers_by == "model"
    assert decided(settings(tmp_path, answers_by="reader")).answers_by == "reader"


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "capabilities.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match=r"capabilities\.json"):
        found(settings(tmp_path))
