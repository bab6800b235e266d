from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.index.builder import IndexBuilder
from qa.maintenance import doctor
from qa.maintenance.doctor import examine
from qa.settings import Settings
from tests.conftest import FakeEmbedder

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.real
def test_all_is_well_here(tmp_path: Path, article: Path) -> None:
    settings = Settings(index_dir=tmp_path / "indexes")
    IndexBuilder(settings, FakeEmbedder()).open(str(article))
    findings = list(examine(settings))
    assert "1 in" in next(f.detail for f in findings if f.name == "indexes")
    assert [f.name for f in findings if f.fix] == []
    assert "1990" in findings[-1].detail


def test_a_problem_comes_with_how_to_fix_it(
    qa: Run, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.index_dir / "broken").mkdir(parents=True)
    (tmp_path / "home" / "collections" / "news").mkdir(parents=True)
    (tmp_path / "home" / "collections" / "news" / "catalogue.sqlite").write_bytes(b"no database " * 99)
    monkeypatch.setattr(doctor, "_question", lambda _: doctor.Finding("a question", "'1990'"))
    monkeypatch.setattr(doctor, "_embedder", lambda _: doctor.Finding("embedder", "ok"))
    arguments = ("doctor", "--model", tmp_path / "none.gguf", "--index-dir", settings.index_dir, "--threads", "9999")
    status, out, err = qa(*arguments)
    assert status == 1
    assert "FAIL threads: 9999 of" in out
    assert "no such model file" in out
    assert "fix: run `qa remove broken`" in out
    assert "FAIL collections: 1, 1 damaged or of another version; " in out
    assert "checks failed" in err
    status, out, _ = qa(*arguments, "--json")
    findings = json.loads(out)
    assert all(set(f) == {"name", "found", "mend"} for f in findings)
    assert {f["name"]: bool(f["mend"]) for f in findings}["indexes"]
