from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from qa.errors import IndexFolderError
from qa.index import manifest as manifest_files
from qa.index import storage as files
from qa.index import vectors as vector_files
from qa.index.manifest import Manifest, Recipe
from qa.system.files import sha256_of
from qa.types import Document, Passage, Span

TEXT = "One. Two. Three."
SPANS = (Span(0, 4), Span(5, 9), Span(10, 16))


DOCUMENT = Document.from_text("a.txt", TEXT)
KEY = b"k" * 32
PASSAGES = [Passage(s, (s,)) for s in SPANS]


def make(folder: Path) -> Manifest:
    recipe = Recipe(embedder="e", embedder_sha256="0", language="auto", passage_tokens=16, overlap_sentences=1)
    manifest = Manifest(
        format=manifest_files.FORMAT,
        source="a.txt",
        document_sha256=DOCUMENT.sha256,
        language="en",
        file_sha256="",
        characters=len(TEXT),
        passages=3,
        dimensions=8,
        recipe=recipe,
        built="2026-01-01",
        files={},
    )
    return files.save(DOCUMENT, PASSAGES, np.eye(3, 8, dtype=np.float32), folder, manifest, key=KEY)


def test_what_is_saved_is_opened_again(tmp_path: Path) -> None:
    manifest = make(tmp_path / "a")
    assert manifest_files.read_manifest(tmp_path / "a", KEY) == manifest
    opened = files.open_folder(tmp_path / "a", manifest, DOCUMENT)
    assert list(opened.passages) == PASSAGES
    assert opened.passages[1:] == PASSAGES[1:]
    assert opened.vectors.search(np.eye(1, 8, 1, dtype=np.float32)[0], 2)[0] == (1, 1.0)
    assert [n for n, _ in opened.keywords.search("three, or two?", 3)] == [1, 2]
    assert opened.keywords.search("nothing of it", 3) == []


def test_saving_again_replaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    make(tmp_path / "a")
    make(tmp_path / "a")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("name", ["vectors.faiss", "passages.npy", "words/meta.json"])
def test_a_file_that_was_changed_is_not_used(tmp_path: Path, name: str) -> None:
    manifest = make(tmp_path / "a")
    path = tmp_path / "a" / name
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(IndexFolderError, match=f"{name} is damaged"):
        files.open_folder(tmp_path / "a", manifest, DOCUMENT)
    path.unlink()
    with pytest.raises(IndexFolderError, match=f"{name} is missing"):
        files.open_folder(tmp_path / "a", manifest, DOCUMENT)


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
        manifest_files.read_manifest(tmp_path, KEY)


def test_a_manifest_that_lacks_a_key_or_a_file_is_said(tmp_path: Path) -> None:
    make(tmp_path / "a")
    path = tmp_path / "a" / "manifest.json"
    kept = json.loads(path.read_text())
    del kept["recipe"]
    path.write_text(json.dumps(kept))
    with pytest.raises(IndexFolderError, match="damaged or foreign"):
        manifest_files.read_manifest(tmp_path / "a", KEY)
    path.unlink()
    with pytest.raises(IndexFolderError, match="cannot be read"):
        manifest_files.read_manifest(tmp_path / "a", KEY)


def test_parts_that_do_not_belong_together_are_said(tmp_path: Path) -> None:
    manifest = make(tmp_path / "a")
    with pytest.raises(IndexFolderError, match="do not belong together"):
        files.open_folder(tmp_path / "a", msgspec.structs.replace(manifest, passages=2), DOCUMENT)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(IndexFolderError, match="cannot be written"):
        make(tmp_path / "file" / "a")


def test_many_vectors_are_searched_in_lists_and_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_files, "MANY", 2000)
    monkeypatch.setattr(manifest_files, "_LARGE", 1000)
    draw = np.random.default_rng(0)
    centres = draw.normal(size=(40, 16))
    vectors = (centres[draw.integers(40, size=4000)] + 0.2 * draw.normal(size=(4000, 16))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    spans = [Span(n, n + 1) for n in range(4000)]
    document = Document.from_text("a.txt", "abcd" * 1000)
    manifest = msgspec.structs.replace(
        make(tmp_path / "small"), passages=4000, dimensions=16, document_sha256=document.sha256
    )
    manifest = files.save(document, [Passage(s, (s,)) for s in spans], vectors, tmp_path / "a", manifest, key=KEY)
    opened = files.open_folder(tmp_path / "a", manifest, document)
    found = [{n for n, _ in opened.vectors.search(v, 10)} for v in vectors[:50]]
    exact = [set(np.argsort(-(vectors @ v))[:10].tolist()) for v in vectors[:50]]
    assert sum(len(f & e) for f, e in zip(found, exact, strict=True)) > 0.8 * 500
    monkeypatch.setattr(manifest_files, "sha256_of", lambda _: "another")
    files.open_folder(tmp_path / "a", manifest, document)
    (tmp_path / "a" / "passages.npy").touch()
    with pytest.raises(IndexFolderError, match="damaged"):
        files.open_folder(tmp_path / "a", manifest, document)


def reseal(folder: Path, **changed: object) -> Manifest:
    """What somebody with a key of their own makes of an index: every hash is right."""
    kept = manifest_files.read_manifest(folder, KEY)
    made = msgspec.structs.replace(kept, files={n: sha256_of(folder / n) for n in kept.files}, **changed)
    made = msgspec.structs.replace(made, seal=manifest_files.seal_of(made, KEY))
    (folder / "manifest.json").write_bytes(msgspec.json.encode(made))
    return made


def test_an_index_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    make(tmp_path / "a")
    with pytest.raises(IndexFolderError, match="made by another user"):
        manifest_files.read_manifest(tmp_path / "a", b"another")
    kept = json.loads((tmp_path / "a" / "manifest.json").read_text())
    (tmp_path / "a" / "manifest.json").write_text(json.dumps({**kept, "source": "b.txt"}))
    with pytest.raises(IndexFolderError, match="made by another user"):
        manifest_files.read_manifest(tmp_path / "a", KEY)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("sentences.npy", np.array([[0, 5], [5, 9], [9, 10**6]])),
        ("sentences.npy", np.array([[-3, 5], [5, 9], [9, 12]])),
        ("sentences.npy", np.array([[0, 5], [9, 9], [9, 12]])),
        ("sentences.npy", np.array([0, 5, 9])),
        ("sentences.npy", np.array([[0.0, 5.0], [5.0, 9.0], [9.0, 12.0]])),
        ("passages.npy", np.array([0, 2, 1, 3])),
        ("passages.npy", np.array([0, 1, 2, 9])),
        ("passages.npy", np.array([1, 1, 2, 3])),
    ],
)
def test_places_outside_the_text_are_not_used(tmp_path: Path, name: str, table: np.ndarray) -> None:
    make(tmp_path / "a")
    np.save(tmp_path / "a" / name, table)
    manifest = reseal(tmp_path / "a")
    with pytest.raises(IndexFolderError, match="places are not in the text"):
        files.open_folder(tmp_path / "a", manifest, DOCUMENT)


def test_a_pickle_is_not_read(tmp_path: Path) -> None:
    make(tmp_path / "a")
    np.save(tmp_path / "a" / "passages.npy", np.array([print, print]), allow_pickle=True)
    manifest = reseal(tmp_path / "a")
    with pytest.raises(IndexFolderError, match="damaged or foreign"):
        files.open_folder(tmp_path / "a", manifest, DOCUMENT)
