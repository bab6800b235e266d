"""Coverage-guided fuzzing (atheris) of the readers of formats and of indexes: nothing but our own errors comes out.

Run as ``python -m tests.torture.fuzz TARGET SECONDS SEEDS FINDINGS``; a target is a suffix, or ``index``. SEEDS is the
folder of inputs that reach new code, FINDINGS that of inputs that break something.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import atheris
import msgspec

with atheris.instrument_imports(
    include=["docx", "inscriptis", "mammoth", "odfdo", "pypdf", "qa", "striprtf", "trafilatura"]
):
    from qa.errors import IndexFolderError, SourceError
    from qa.index import manifest as manifest_files
    from qa.index import storage as index_files
    from qa.sources import formats
    from qa.types import Document, Passage, Span
    from tests.torture.samples import SAMPLES

_LONGEST = 64_000  # bytes of an input
_SLOW = 60  # seconds for one input
_ZIP = b"PK"
_REPLACE = 128  # a second byte from here on puts the rest in the place of a whole file
_KEY = b"fuzz"
_TEXT = "One sentence. Another sentence."


def main() -> None:
    """Fuzz one target."""
    target, seconds, *folders = sys.argv[1:]
    seeds, findings = (Path(f).resolve() for f in folders)
    for folder in (seeds, findings):
        folder.mkdir(parents=True, exist_ok=True)
    for number, sample in enumerate(SAMPLES[target]):
        (seeds / f"sample{number}").write_bytes(sample)
        for member, content in enumerate(_members(sample).values()):
            (seeds / f"sample{number}-{member}").write_bytes(bytes([member, _REPLACE]) + content)
    test = _index(seeds.with_name("index")) if target == "index" else _format(target)
    options = [f"-max_total_time={seconds}", f"-max_len={_LONGEST}", f"-timeout={_SLOW}", "-rss_limit_mb=3000"]
    options += [f"-artifact_prefix={findings}/", "-verbosity=0", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, str(seeds)], test)
    atheris.Fuzz()


def _members(sample: bytes) -> dict[str, bytes]:
    if not sample.startswith(_ZIP):
        return {}
    with zipfile.ZipFile(io.BytesIO(sample)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def _format(suffix: str) -> Callable[[bytes], None]:
    members = _members(SAMPLES[suffix][0])

    def test(raw: bytes) -> None:
        # What is packed has check sums that no mutation gets right, so its members are changed, then packed.
        file = raw if not members or raw.startswith(_ZIP) else _packed({**members, **dict([_change(members, raw)])})
        try:
            found = formats.extract(file, suffix, f"a{suffix}")
        except SourceError as error:
            if not str(error).startswith(f"a{suffix}: ") or "\n" in str(error):
                raise AssertionError(f"not one line: {error!r}") from error
            return
        found.text.encode()
        msgspec.json.encode(found)
        if list(found.pages) != sorted(found.pages) or (found.pages and found.pages[-1] > len(found.text)):
            raise AssertionError("pages are not in the text")

    return test


def _packed(members: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return made.getvalue()


def _change(files: Mapping[str, bytes], raw: bytes) -> tuple[str, bytes]:
    """Change one file: the first byte chooses it, the second where the rest is written over it, or in its place."""
    chosen, how = (*raw[:2], 0, 0)[:2]
    name, rest = [*files][chosen % len(files)], raw[2:]
    kept = files[name]
    at = how * len(kept) // _REPLACE
    return name, rest if how >= _REPLACE else kept[:at] + rest + kept[at + len(rest) :]


def _index(folder: Path) -> Callable[[bytes], None]:
    import numpy as np

    spans = (Span(0, 13), Span(14, 31))
    document = Document.from_text("a.txt", _TEXT)
    recipe = manifest_files.Recipe(
        embedder="e", embedder_sha256="0", language="auto", passage_tokens=16, overlap_sentences=1
    )
    manifest = manifest_files.Manifest(
        format=manifest_files.FORMAT, source="a.txt", document_sha256=document.sha256, language="en", file_sha256="",
        characters=31, passages=2, dimensions=4, recipe=recipe, built="", files={},
    )  # fmt: skip
    vectors = np.eye(2, 4, dtype=np.float32)
    passages = [Passage(s, (s,)) for s in spans]
    saved = index_files.save(document, passages, vectors, folder, manifest, key=_KEY, with_text=True)
    names = ["manifest.json", *saved.files]
    whole = {name: (folder / name).read_bytes() for name in names}

    def test(raw: bytes) -> None:
        name, changed = _change(whole, raw)
        (folder / name).write_bytes(changed)
        try:
            opened = index_files.open_folder(folder, manifest_files.read_manifest(folder, _KEY))
        except IndexFolderError:
            return
        finally:
            (folder / name).write_bytes(whole[name])
        if opened.document.text != _TEXT or [p.span for p in opened.passages] != list(spans):
            raise AssertionError("another text than was indexed")

    return test


if __name__ == "__main__":
    main()
