"""The commands for models, with real files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.models.files import bundled_file

pytestmark = pytest.mark.real
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def pulled(tmp_path: Path) -> Path:
    path = tmp_path / "home" / "models" / "owner" / "repo" / "small.gguf"
    path.parent.mkdir(parents=True)
    shutil.copy(str(bundled_file()), path)
    return path


def in_use(qa: Run) -> list[str]:
    return [m["name"] for m in json.loads(qa("models", "--json")[1])["models"] if m["in_use"]]


def test_a_model_is_chosen_taken_back_and_deleted(
    qa: Run, pulled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("# mine\nthreads = 2\n", encoding="utf-8")
    monkeypatch.setenv("QA_CONFIG", str(config))
    assert in_use(qa) == ["bundled"]
    assert qa("models", "use", "small")[:2] == (0, f"small is the generator from now on, as set in {config}\n")
    assert config.read_text(encoding="utf-8") == f'# mine\nthreads = 2\nmodel = "{pulled}"\n'
    assert in_use(qa) == ["small"]
    table = qa("models")[1].splitlines()
    assert table[0].split()[:4] == ["name", "size", "kind", "and"]
    assert "llama 135M Q4_1" in table[2]
    assert "apache-2.0" in table[2]
    assert table[-1] == "* is the generator, with a context window of 1024 tokens; the reader is mpnet-reader-1"
    assert qa("models", "use", "bundled")[0] == 0
    assert config.read_text(encoding="utf-8") == "# mine\nthreads = 2\n"
    assert qa("models", "remove", "small", "-q") == (0, "", "")
    assert not pulled.parent.exists()


def test_what_is_no_model_changes_nothing(qa: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.toml"
    config.touch()
    monkeypatch.setenv("QA_CONFIG", str(config))
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF broken")
    for name, said in (("none", "no such model file"), (str(broken), "llama.cpp cannot load it")):
        status, out, err = qa("models", "use", name)
        assert (status, out) == (1, "")
        assert said in err
        assert err.count("\n") == 1
    assert config.read_bytes() == b""
    assert qa("models", "remove", "bundled")[0] == 1
