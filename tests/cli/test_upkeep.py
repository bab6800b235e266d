"""Settings, cache."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.system.cache import ModelCache

pytestmark = pytest.mark.usefixtures("_fake_models")
Run = Callable[..., tuple[int, str, str]]


def test_the_settings_are_shown_with_where_they_come_from(qa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_THREADS", "3")
    assert "threads = 3  # environment, QA_THREADS" in qa("config")[1]
    assert json.loads(qa("config", "--json")[1])["threads"] == {"value": 3, "from": "environment, QA_THREADS"}


def test_a_password_is_not_printed(qa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_STORE", "postgresql://me:sesame@localhost/news")
    for arguments in (("config",), ("config", "--json")):
        _, out, _ = qa(*arguments)
        assert "postgresql://me:***@localhost/news" in out
        assert "sesame" not in out


def test_what_was_made_to_start_faster_is_listed_and_deleted(
    qa: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    folder = tmp_path / "home" / ".cache" / "models"
    ModelCache(folder).keep_blob("a", b"state")
    status, out, _ = qa("cache")
    assert (status, out.count(".state: ")) == (0, 1)
    assert qa("cache", "--clear")[0] == 0
    assert not folder.exists()
    assert qa("cache")[1] == ""
