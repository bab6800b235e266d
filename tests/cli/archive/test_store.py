"""A collection compared with its files, on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("_fake_models")


def test_a_collection_is_checked(
    qa: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"This is {name}.", encoding="utf-8")
    qa("index", "-c", "news", "a.txt", "b.txt")
    assert qa("store", "check", "-c", "news") == (0, "news: 2 documents, all as their files are\n", "")
    assert qa("store", "check", "-c", "news", "--json")[:2] == (0, "[]\n")
    (tmp_path / "a.txt").unlink()
    (tmp_path / "b.txt").write_text("Another.", encoding="utf-8")
    status, out, err = qa("store", "check", "-c", "news")
    assert status == 1
    assert out == (
        "a.txt: missing: its file is gone; `qa remove -c news a.txt` removes it\n"
        "b.txt: changed: its file is not the one that was indexed; `qa index -c news b.txt` brings it up to date\n"
    )
    assert err == "qa: news: 2 differences\n"
    status, out, _ = qa("store", "check", "-c", "news", "--json")
    assert (status, [d["kind"] for d in json.loads(out)]) == (1, ["missing", "changed"])
    assert "no such collection" in qa("store", "check", "-c", "other")[2]
    # What is said is true.
    assert qa("remove", "-c", "news", "a.txt")[0] == qa("index", "-c", "news", "b.txt")[0] == 0
    assert qa("store", "check", "-c", "news")[0] == 0
