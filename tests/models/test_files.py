"""Model files are found by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import ModelError
from qa.models.files import PATTERNS, bundled_file, find_models, resolve
from qa.settings import BUNDLED


def test_two_models_of_one_name_are_told(tmp_path: Path) -> None:
    for owner in "ab":
        (tmp_path / owner).mkdir()
        (tmp_path / owner / "m.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelError, match="m: several models have this name"):
        resolve("m", tmp_path)


def test_the_bundled_model_has_a_name_like_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / BUNDLED).touch()
    monkeypatch.chdir(tmp_path)
    assert resolve(BUNDLED, tmp_path) == str(bundled_file())
    monkeypatch.setattr("qa.models.files.bundled_file", lambda: None)
    with pytest.raises(ModelError, match="the bundled model is missing"):
        resolve(BUNDLED, tmp_path)


def test_the_patterns_find_what_is_pulled_and_nothing_else(tmp_path: Path) -> None:
    for name in ("owner/repo/m.gguf", "owner/repo/Q4/m-00001-of-00002.gguf", "mine.gguf", "owner/repo/README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    pulled = {p.relative_to(tmp_path).as_posix() for pattern in PATTERNS for p in tmp_path.glob(pattern)}
    assert pulled == {"owner/repo/m.gguf", "owner/repo/Q4/m-00001-of-00002.gguf"}
    assert pulled < {p.relative_to(tmp_path).as_posix() for p in find_models(tmp_path)}
