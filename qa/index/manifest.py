"""What an index folder says of itself, sealed with the user's key, and whether its files are the ones it names."""

from __future__ import annotations

import hmac
from contextlib import suppress
from pathlib import Path

import msgspec

from qa.errors import IndexFolderError
from qa.system.files import sha256_of

FORMAT = 7  # also when formats are read differently: the text of a converted file is kept
MANIFEST = "manifest.json"
_CHECKED = "checked.json"
# An index above this is not hashed again as long as its files are the ones that were hashed last.
_LARGE = 100_000_000  # bytes


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """All that decides what an index holds, apart from the text; ``language`` is as the setting."""

    embedder: str
    embedder_sha256: str
    language: str
    passage_tokens: int
    overlap_sentences: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an index folder says of itself. ``files`` maps each file's name to its sha256.

    ``seal`` is an HMAC of the rest with the user's key: the hashes prove that the files are the manifest's, the seal
    that the manifest is ours.
    """

    format: int
    source: str
    document_sha256: str
    language: str
    file_sha256: str
    characters: int
    passages: int
    dimensions: int
    recipe: Recipe
    built: str
    files: dict[str, str]
    seal: str = ""


def files_of(folder: Path) -> list[str]:
    """List the names of the files of an index, but for its manifest."""
    # A name that starts with a dot is a lock, or what tantivy notes for its writer.
    return sorted(
        p.relative_to(folder).as_posix()
        for p in folder.rglob("*")
        if p.is_file() and not p.name.startswith(".") and p.name not in {MANIFEST, _CHECKED}
    )


def seal_of(manifest: Manifest, key: bytes) -> str:
    """Compute the seal of a manifest with the user's key."""
    return hmac.new(key, msgspec.json.encode(msgspec.structs.replace(manifest, seal="")), "sha256").hexdigest()


def read_manifest(folder: Path, key: bytes) -> Manifest:
    """Read what an index folder says of itself.

    Raises:
        IndexFolderError: not an index of this format, or not one that was made with ``key``.
    """
    try:
        raw = (folder / MANIFEST).read_bytes()
        # The format is looked at first: the other keys of a newer or older index may differ.
        if msgspec.json.decode(raw)["format"] != FORMAT:
            raise IndexFolderError(f"{folder}: an index of another version")
        manifest = msgspec.json.decode(raw, type=Manifest)
    except OSError as error:
        raise IndexFolderError(f"{folder}: the manifest cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise IndexFolderError(f"{folder}: a damaged or foreign index") from error
    if not hmac.compare_digest(manifest.seal, seal_of(manifest, key)):
        raise IndexFolderError(f"{folder}: was made by another user or on another machine, or was changed")
    return manifest


def check_files(folder: Path, manifest: Manifest) -> None:
    """Check every file of an index against its sha256; a large one that has not changed is not hashed again.

    Raises:
        IndexFolderError: a file is missing, damaged or foreign.
    """
    try:
        # Another process may be putting the index away while it is looked at.
        if different := {*manifest.files} ^ {*files_of(folder)}:
            raise IndexFolderError(f"{folder}: {min(different)} is missing or foreign")
        now = {name: _identity(folder / name) for name in manifest.files}
        if sum(size for size, *_ in now.values()) > _LARGE and _checked(folder) == now:
            return
        for name, expected in manifest.files.items():
            if sha256_of(folder / name) != expected:
                raise IndexFolderError(f"{folder}: {name} is damaged")
    except OSError as error:
        raise IndexFolderError(f"{folder}: {error.filename} cannot be read: {error.strerror}") from error
    if sum(size for size, *_ in now.values()) > _LARGE:
        with suppress(OSError):  # where the folder is read-only, the files are hashed each time
            (folder / _CHECKED).write_bytes(msgspec.json.encode(now))


def _identity(path: Path) -> tuple[int, int, int, int]:
    # A file that is written to, replaced or brought from elsewhere has another change time or another number.
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _checked(folder: Path) -> dict[str, tuple[int, int, int, int]] | None:
    try:
        return msgspec.json.decode((folder / _CHECKED).read_bytes(), type=dict[str, tuple[int, int, int, int]])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
