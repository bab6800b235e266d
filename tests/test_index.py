from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from qa import index as files
from qa.errors import IndexFolderError
from qa.index import Index, Manifest, Recipe
from qa.types import Document, Passage, Span

TEXT = "One. Two. Three."
SPANS = (Span(0, 4), Span(5, 9), Span(10, 16))


def make(folder: Path) -> tuple[Index, Manifest]:
    passages = [Passage(s, (s,)) for s in SPANS]
    built = files.build(Document.from_text("a.txt", TEXT), passages, np.eye(3, 8, dtype=np.float32))
    recipe = Recipe(embedder="e", embedder_sha256="0", language="en", passage_tokens=16, overlap_sentences=1)
    manifest = Manifest(
        format=files.FORMAT,
        source="a.txt",
        document_sha256=built.document.sha256,
        characters=len(TEXT),
        passages=3,
        dimensions=8,
        recipe=recipe,
        built="2026-01-01",
        files={},
    )
    return built, files.save(built, folder, manifest)


def test_what_is_saved_is_opened_again(tmp_path: Path) -> None:
    built, manifest = make(tmp_path / "a")
    assert files.read_manifest(tmp_path / "a") == manifest
    opened = files.open_folder(tmp_path / "a", manifest, "a.txt")
    assert opened.document == built.document
    assert list(opened.passages) == list(built.passages)
    assert np.array_equal(opened.vectors(), built.vectors())
    assert opened.search(np.eye(1, 8, 1, dtype=np.float32)[0], 2)[0] == (1, 1.0)


def test_saving_again_replaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / ".unfinished-a-x").mkdir()
    make(tmp_path / "a")
    make(tmp_path / "a")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("name", ["vectors.faiss", "passages.json", "text.txt"])
def test_a_file_that_was_changed_is_not_used(tmp_path: Path, name: str) -> None:
    _, manifest = make(tmp_path / "a")
    path = tmp_path / "a" / name
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(IndexFolderError, match=f"{name} is damaged"):
        files.open_folder(tmp_path / "a", manifest, "a.txt")
    path.unlink()
    with pytest.raises(IndexFolderError, match=f"{name} cannot be read"):
        files.open_folder(tmp_path / "a", manifest, "a.txt")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "damaged or foreign"),
        ("[]", "damaged or foreign"),
        ("{}", "damaged or foreign"),
        ('{"format": 0}', "another version"),
    ],
)
def test_a_manifest_that_is_not_ours_is_said(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(IndexFolderError, match=said):
        files.read_manifest(tmp_path)


def test_a_manifest_that_lacks_a_key_or_a_file_is_said(tmp_path: Path) -> None:
    _, _ = make(tmp_path / "a")
    path = tmp_path / "a" / "manifest.json"
    kept = json.loads(path.read_text())
    del kept["recipe"]
    path.write_text(json.dumps(kept))
    with pytest.raises(IndexFolderError, match="damaged or foreign"):
        files.read_manifest(tmp_path / "a")
    path.unlink()
    with pytest.raises(IndexFolderError, match="cannot be read"):
        files.read_manifest(tmp_path / "a")


def test_parts_that_do_not_belong_together_are_said(tmp_path: Path) -> None:
    import msgspec

    _, manifest = make(tmp_path / "a")
    with pytest.raises(IndexFolderError, match="do not belong together"):
        files.open_folder(tmp_path / "a", msgspec.structs.replace(manifest, passages=2), "a.txt")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(IndexFolderError, match="cannot be written"):
        make(tmp_path / "file" / "a")
