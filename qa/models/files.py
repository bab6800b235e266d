"""The model files on this machine: found, looked at before they are used, fetched when that is asked for, deleted."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from qa.errors import ModelError, first_line
from qa.system.cache import ModelCache
from qa.system.files import sha256_of
from qa.system.hardware import free_memory
from qa.system.sandbox import ApartError, run_apart

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoFile

# What the folder of models holds, for `qa purge`; the folder may be one that also holds files of others.
PATTERNS = ("*/*/*.gguf", "*/*/*/*.gguf")
_SECONDS = 300  # that looking at a file may take; a large one is read from the disk for the first time
_WORKING = 300_000_000  # bytes beside the weights: the window, the program, the other models
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")
_NAMED = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(?::(?P<quantisation>[\w.-]+))?")
_USUAL = "Q4_K_M"  # the quantisation that most publishers recommend


@dataclass(frozen=True, slots=True)
class Facts:
    """What llama.cpp says of a model file. ``context`` is the longest window it was trained for, in tokens."""

    description: str
    context: int
    title: str
    licence: str
    chat: bool


def found_in(folder: Path) -> Iterator[Path]:
    """Walk the model files under ``folder``; of one that is split, its first part."""
    for path in sorted(folder.rglob("*.gguf")) if folder.is_dir() else []:
        shard = _SHARD.search(path.name)
        if path.is_file() and (shard is None or int(shard[1]) == 1):
            yield path


def resolve(named: str, folder: Path) -> str:
    """Turn the name of a model in ``folder`` into its path; anything else is taken for a path.

    Raises:
        ModelError: several models are called so.
    """
    if not named or Path(named).expanduser().exists():
        return named
    fitting = [p for p in found_in(folder) if named in {p.stem, p.name, str(p.relative_to(folder))}]
    if len(fitting) > 1:
        raise ModelError(f"{named}: several models are called so: {', '.join(map(str, fitting))}; name one by its path")
    return str(fitting[0]) if fitting else named


def look_at(path: Path, cache: ModelCache, *, context_tokens: int) -> Facts:
    """Load a model file once in a process of its own, and keep what it says as long as the file does not change.

    Raises:
        ModelError: it is larger than the free memory, or cannot be used.
    """
    size = sum(p.stat().st_size for p in parts_of(path))
    if size + _WORKING > free_memory():
        raise ModelError(
            f"{path}: needs about {(size + _WORKING) / 1e9:.1f} GB of memory, {free_memory() / 1e9:.1f} GB are free; "
            "close other programs, or choose a smaller model or quantisation"
        )
    state = path.stat()
    key = f"model file {path.resolve()} {state.st_size} {state.st_mtime_ns} {context_tokens}"
    if known := cache.blob(key):
        return msgspec.json.decode(known, type=Facts)
    try:
        printed = run_apart("models.inspect", [str(path), str(context_tokens)], seconds=_SECONDS)
    except ApartError as error:
        raise ModelError(
            f"{path}: llama.cpp cannot load it: {error}; get the file again, or give another with --model"
        ) from error
    facts = msgspec.json.decode(printed.splitlines()[-1], type=Facts)
    cache.keep_blob(key, msgspec.json.encode(facts))
    return facts


def parts_of(path: Path) -> list[Path]:
    """List the files of a model: one, or all parts of one that is split."""
    shard = _SHARD.search(path.name)
    if shard is None:
        return [path]
    stem = path.name[: shard.start()]
    return [path.with_name(f"{stem}-{n:05d}-of-{shard[2]}.gguf") for n in range(1, int(shard[2]) + 1)]


def pull(named: str, folder: Path, *, quiet: bool) -> Path:
    """Fetch ``OWNER/REPO[:QUANTISATION]`` from the Hugging Face hub into ``folder``; return its (first) file.

    What was fetched before a stop is not fetched again. Each file is checked against the sha256 that the hub names.

    Raises:
        ModelError: no such repository or quantisation, the hub cannot be reached, or a file is not what it should be.
    """
    match = _NAMED.fullmatch(named)
    if match is None:
        raise ModelError(f"{named}: not OWNER/REPO[:QUANTISATION], as in Qwen/Qwen2.5-1.5B-Instruct-GGUF:Q4_K_M")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.hf_api import RepoFile
    from huggingface_hub.utils.logging import set_verbosity_error
    from huggingface_hub.utils.tqdm import disable_progress_bars, enable_progress_bars

    (disable_progress_bars if quiet else enable_progress_bars)()
    set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        endpoint = os.environ.get("HF_ENDPOINT") or None
        tree = HfApi(endpoint=endpoint).list_repo_tree(match["repo"], recursive=True)
        there = [f for f in tree if isinstance(f, RepoFile) and f.path.endswith(".gguf")]
        files = _chosen(match["repo"], there, match["quantisation"])
        fetched = [
            (f, Path(hf_hub_download(match["repo"], f.path, local_dir=folder / match["repo"], endpoint=endpoint)))
            for f in files
        ]
    except ModelError:
        raise
    except Exception as error:  # the errors of the hub's client and of the HTTP library below it have no common base
        raise ModelError(f"{named}: cannot be fetched: {first_line(error)}; run the command again to go on") from error
    for file, path in fetched:
        if file.lfs and sha256_of(path) != file.lfs.sha256:
            path.unlink()
            raise ModelError(f"{named}: {file.path} is not what the hub says it is; it was deleted, pull it again")
    return fetched[0][1]


def _chosen(repo: str, files: list[RepoFile], quantisation: str | None) -> list[RepoFile]:
    wanted = (quantisation or _USUAL).lower()
    fitting = [f for f in files if re.search(rf"(?:^|[-._/]){re.escape(wanted)}(?:[-._]|$)", f.path.lower())]
    if not fitting and quantisation is None and len(files) == 1:
        fitting = files
    if not fitting:
        there = ", ".join(f.path for f in files) or "no GGUF file"
        raise ModelError(f"{repo}: no {wanted.upper()} there; it has {there}")
    # A repository may hold a file and the same in parts; one set of parts is taken.
    first = min(fitting, key=lambda f: (bool(_SHARD.search(f.path)), f.path))
    shard = _SHARD.search(first.path)
    if shard is None:
        return [first]
    stem = first.path[: shard.start()]
    return sorted((f for f in fitting if f.path.startswith(stem)), key=lambda f: f.path)
