"""Model files are inspected in a process of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import ModelError
from qa.models.files import bundled_file
from qa.models.inspect import Facts, inspect_model
from qa.system.cache import ModelCache


def test_more_than_the_free_memory_is_foreseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF")
    monkeypatch.setattr("qa.models.inspect.free_memory", lambda: 200_000_000)
    with pytest.raises(ModelError, match=r"needs about 0.3 GB of memory, 0.2 GB are free"):
        inspect_model(path, ModelCache(tmp_path / "cache"), context_tokens=512)


@pytest.mark.real
def test_a_model_is_inspected_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, cache = bundled_file(), ModelCache(tmp_path)
    assert path
    facts = inspect_model(path, cache, context_tokens=512)
    assert facts == Facts("llama 135M Q4_1", 8192, facts.title, "apache-2.0", chat=True)
    monkeypatch.setattr("qa.models.inspect.run_in_sandbox", lambda *_, **__: pytest.fail("inspected again"))
    assert inspect_model(path, cache, context_tokens=512) == facts


@pytest.mark.real
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"GGUF", "llama.cpp cannot load it"),
        (b"GGUF" + b"\xff" * 4096, "llama.cpp cannot load it"),
        (None, "not within the file bounds"),
    ],
)
def test_a_broken_model_is_one_line(tmp_path: Path, content: bytes | None, said: str) -> None:
    whole = bundled_file()
    assert whole
    path = tmp_path / "broken.gguf"
    path.write_bytes(content or whole.read_bytes()[:3_000_000])
    with pytest.raises(ModelError, match=said) as error:
        inspect_model(path, ModelCache(tmp_path / "cache"), context_tokens=512)
    assert "\n" not in str(error.value)


@pytest.mark.real
def test_a_model_of_a_kind_that_is_not_known_is_one_line(tmp_path: Path) -> None:
    whole = bundled_file()
    assert whole
    raw = whole.read_bytes()
    at = raw.index(b"llama", raw.index(b"general.architecture"))
    path = tmp_path / "other.gguf"
    path.write_bytes(raw[:at] + b"xxxxx" + raw[at + 5 :])
    with pytest.raises(ModelError, match="unknown model architecture: 'xxxxx'"):
        inspect_model(path, ModelCache(tmp_path / "cache"), context_tokens=512)
