from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.index.builder import Library
from qa.maintenance import doctor
from qa.maintenance.doctor import examine
from qa.settings import Settings
from tests.conftest import FakeEmbedder

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.real
def test_all_is_well_here(tmp_path: Path, article: Path) -> None:
    settings = Settings(index_dir=tmp_path / "indexes")
    Library(settings, FakeEmbedder()).open(str(article))
    findings = list(examine(settings))
    assert "1 in" in next(f.found for f in findings if f.name == "indexes")
    assert [f.name for f in findings if f.mend] == []
    assert "1990" in findings[-1].found


def test_what_is_wrong_comes_with_what_mends_it(
    qa: Run, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.index_dir / "broken").mkdir(parents=True)
    monkeypatch.setattr(doctor, "_question", lambda _: doctor.Finding("a question", "'1990'"))
    monkeypatch.setattr(doctor, "_embedder", lambda _: doctor.Finding("embedder", "ok"))
    arguments = ("doctor", "--model", tmp_path / "none.gguf", "--index-dir", settings.index_dir, "--threads", "9999")
    status, out, err = qa(*arguments)
    assert status == 1
    assert "not  threads: 9999 of" in out
    assert "no such model file" in out
    assert "mend: `qa remove broken`" in out
    assert "are not ok" in err
    status, out, _ = qa(*arguments, "--json")
    assert {f["name"]: bool(f["mend"]) for f in json.loads(out)}["indexes"]
