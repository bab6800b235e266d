from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import IndexFolderError, SourceError
from qa.index import catalog
from qa.index.builder import IndexBuilder
from qa.index.catalog import folder_of, manifests
from qa.settings import Settings
from tests.conftest import FakeEmbedder


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture
def lib(settings: Settings, embedder: FakeEmbedder) -> IndexBuilder:
    return IndexBuilder(settings, embedder)


def test_an_unchanged_article_is_embedded_once_and_a_changed_one_again(
    lib: IndexBuilder, article: Path, embedder: FakeEmbedder
) -> None:
    assert lib.open(str(article))[1]
    count = len(embedder.encoded)
    assert not lib.open(str(article))[1]
    assert len(embedder.encoded) == count
    article.write_text("Another text stands here now.", encoding="utf-8")
    opened, built = lib.open(str(article))
    assert built
    assert opened.document.text == "Another text stands here now."


def test_another_recipe_builds_again(settings: Settings, article: Path, embedder: FakeEmbedder) -> None:
    import msgspec

    IndexBuilder(settings, embedder).open(str(article))
    other = msgspec.structs.replace(settings, overlap_sentences=0)
    assert IndexBuilder(other, embedder).open(str(article))[1]


def test_a_language_that_was_set_once_is_not_kept(settings: Settings, article: Path, embedder: FakeEmbedder) -> None:
    import msgspec

    found = IndexBuilder(settings, embedder).open(str(article))[0].document.language
    told = msgspec.structs.replace(settings, language="de")
    opened, built = IndexBuilder(told, embedder).open(str(article))
    assert (opened.document.language, built) == ("de", True)
    assert not IndexBuilder(told, embedder).open(str(article))[1]
    opened, built = IndexBuilder(settings, embedder).open(str(article))
    assert (opened.document.language, built) == (found, True)


def test_a_damaged_index_is_said_in_one_line_and_built_again(
    lib: IndexBuilder, article: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    lib.open(str(article))
    folder = folder_of(settings.index_dir, str(article))
    (folder / "passages.npy").write_text("forged")
    opened, built = lib.open(str(article))
    assert built
    assert opened.document.text == article.read_text()
    assert "passages.npy is damaged; building it again" in caplog.text


def test_an_article_that_was_never_there_is_an_error(lib: IndexBuilder, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        lib.open(str(tmp_path / "none.txt"))


def test_progress_is_reported(lib: IndexBuilder, article: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    lib.open(str(article), progress=lambda *step: seen.append(step))
    assert seen[-1][0] == "embedding bakery.txt"
    assert seen[-1][1] == seen[-1][2] > 0


def test_files_of_one_name_have_folders_of_their_own(tmp_path: Path) -> None:
    one, two = (folder_of(tmp_path, str(tmp_path / d / "ä b.txt")) for d in "xy")
    assert one != two
    assert one.name.startswith("b-")


def test_indexes_are_listed_and_removed(lib: IndexBuilder, article: Path, settings: Settings) -> None:
    assert list(manifests(settings.index_dir)) == []
    lib.open(str(article))
    (settings.index_dir / "foreign").mkdir()
    found = dict(manifests(settings.index_dir))
    assert isinstance(found.pop(settings.index_dir / "foreign"), IndexFolderError)
    assert [m.source for m in found.values() if not isinstance(m, IndexFolderError)] == [str(article)]
    catalog.remove(settings.index_dir, str(article))
    catalog.remove(settings.index_dir, "foreign")
    assert list(manifests(settings.index_dir)) == []
    assert article.exists()


@pytest.mark.parametrize("name", ["..", "../other", "none", "."])
def test_only_indexes_are_removed(settings: Settings, name: str, tmp_path: Path) -> None:
    settings.index_dir.mkdir()
    (tmp_path / "other").mkdir()
    with pytest.raises(SourceError, match="has no index here"):
        catalog.remove(settings.index_dir, name)
    assert (tmp_path / "other").exists()
    assert settings.index_dir.exists()
