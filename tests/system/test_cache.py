from __future__ import annotations

from pathlib import Path

import pytest

from qa.system.cache import ModelCache


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "small.gguf"
    path.write_bytes(b"GGUF weights")
    return path


@pytest.fixture
def cache(tmp_path: Path) -> ModelCache:
    return ModelCache(tmp_path / "cache")


def double(source: Path, target: Path) -> bool:
    target.write_bytes(source.read_bytes() * 2)
    return True


def test_a_file_is_made_once_for_a_model_and_a_purpose(cache: ModelCache, model: Path) -> None:
    derived = cache.model(model, "double", double)
    assert derived
    assert derived.read_bytes() == b"GGUF weights" * 2
    assert cache.model(model, "double", lambda *_: pytest.fail("made again")) == derived
    assert cache.model(model, "other", double) != derived
    model.write_bytes(b"GGUF others")
    again = cache.model(model, "double", double)
    assert again
    assert again.read_bytes() == b"GGUF others" * 2


def test_what_cannot_be_made_is_done_without(
    cache: ModelCache, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache.model(model, "fails", lambda *_: False) is None
    assert cache.model(tmp_path / "none.gguf", "double", double) is None
    assert ModelCache(model / "no folder").model(model, "double", double) is None
    monkeypatch.setattr("qa.system.cache._SPARE", 1e18)
    assert cache.model(model, "double", double) is None
    assert list(cache.files()) == []


def test_a_blob_comes_back_whole_or_not_at_all(cache: ModelCache, model: Path) -> None:
    assert cache.blob("a") is None
    cache.keep_blob("a", b"state")
    assert cache.blob("a") == b"state"
    assert cache.blob("b") is None
    (path,) = cache.files()
    path.write_bytes(path.read_bytes()[:-1])
    assert cache.blob("a") is None
    ModelCache(model / "no folder").keep_blob("a", b"state")


def test_the_cache_is_bounded_and_private_and_can_be_cleared(cache: ModelCache) -> None:
    for n in range(40):
        cache.keep_blob(str(n), b"state")
    assert 0 < len(list(cache.files())) <= 16
    assert cache.folder.stat().st_mode & 0o077 == 0
    assert all(p.stat().st_mode & 0o077 == 0 for p in cache.files())
    assert not [p for p in cache.folder.iterdir() if p.name.startswith(".")]
    (cache.folder / "somebody's").touch()
    cache.clear()
    assert [p.name for p in cache.folder.iterdir()] == ["somebody's"]
    (cache.folder / "somebody's").unlink()
    cache.clear()
    cache.clear()
    assert not cache.folder.exists()
