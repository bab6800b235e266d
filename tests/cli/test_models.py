"""The commands for models, with real files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.evaluation.capability import QUESTIONS
from qa.models.files import bundled_file
from tests.benchmarks.oracle import oracle, served

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
    assert qa("models", "use", "small", "--no-test")[:2] == (
        0,
        f"small is the generator from now on, as set in {config}\n",
    )
    assert config.read_text(encoding="utf-8") == f'# mine\nthreads = 2\nmodel = "{pulled}"\n'
    assert in_use(qa) == ["small"]
    table = qa("models")[1].splitlines()
    assert table[0].split()[:4] == ["name", "size", "kind", "and"]
    assert "llama 135M Q4_1" in table[2]
    assert "reader (not tested)" in table[2]
    assert "apache-2.0" in table[2]
    assert table[-1] == "* is the generator, with a context window of 1024 tokens; the reader is mpnet-reader-7"
    assert qa("models", "use", "bundled")[0] == 0
    assert config.read_text(encoding="utf-8") == "# mine\nthreads = 2\n"
    assert qa("models", "remove", "small", "-q") == (0, "", "")
    assert not pulled.parent.exists()


def test_what_stands_beside_a_model_that_is_removed_stays(qa: Run, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "models"
    folder.mkdir(parents=True)
    for name in ("small.gguf", "notes.txt"):
        (folder / name).write_bytes(b"x")
    assert qa("models", "remove", "small", "--quiet")[0] == 0
    assert [p.name for p in folder.iterdir()] == ["notes.txt"]


def test_a_new_model_is_tested_once_and_what_was_found_is_shown(
    qa: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").touch()
    with served(oracle(QUESTIONS)) as address:
        status, out, _ = qa("models", "use", "openai:scripted", "--base-url", address)
        assert status == 0
        assert "openai:scripted: 100 % of the 12 questions that it was asked right where it reads for itself" in out
        assert out.endswith("answers are decided by: model\n")
        assert qa("models", "use", "openai:scripted", "--base-url", address)[1].count("\n") == 1
        (used,) = (m for m in json.loads(qa("models", "--json")[1])["models"] if m["in_use"])
        assert used["capability"]["answers_by"] == "model"
        assert "model (100 % right by itself)" in qa("models")[1]
        found = json.loads(qa("doctor", "--json")[1])
        assert "decided by model: the model by itself had 100 % right" in str(found)


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
