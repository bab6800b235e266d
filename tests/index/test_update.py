from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import SourceError
from qa.index.prepare import Failed
from qa.index.update import Updated, update
from qa.settings import Settings
from tests.conftest import FakeEmbedder


def test_a_source_that_cannot_be_indexed_does_not_stop_the_others(
    article: Path, settings: Settings, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.txt"
    empty.touch()
    sources = [str(empty), str(article)]
    failed, built = update(sources, settings, FakeEmbedder())
    assert isinstance(failed, Failed)
    assert failed.source == str(empty)
    assert "is empty" in str(failed.error)
    assert isinstance(built, Updated)
    assert (built.source, built.built) == (str(article), True)
    states = [
        outcome.built
        for again in (False, True)
        for outcome in update(sources, settings, FakeEmbedder(), again=again)
        if isinstance(outcome, Updated)
    ]
    assert states == [False, True]


def test_a_source_that_does_not_exist_stops_before_anything_is_indexed(article: Path, settings: Settings) -> None:
    with pytest.raises(SourceError, match="no such file"):
        list(update([str(article), "none.txt"], settings, FakeEmbedder()))
    assert not settings.index_dir.exists()
