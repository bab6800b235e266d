"""Models from the Hugging Face hub."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import ModelError, first_line
from qa.models.files import SHARD
from qa.system.files import sha256_of

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoFile

_NAME = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(?::(?P<quantisation>[\w.-]+))?")
_USUAL = "Q4_K_M"  # the quantisation that most publishers recommend


def pull(name: str, folder: Path, *, quiet: bool) -> Path:
    """Download ``OWNER/REPO[:QUANTISATION]`` into ``folder``; return its (first) file.

    A download that was interrupted is resumed. Each file is checked against the sha256 that the hub gives.

    Raises:
        ModelError: no such repository or quantisation, the hub cannot be reached, or a checksum differs.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise ModelError(f"{name}: not OWNER/REPO[:QUANTISATION], as in Qwen/Qwen2.5-1.5B-Instruct-GGUF:Q4_K_M")
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
        models = [f for f in tree if isinstance(f, RepoFile) and f.path.endswith(".gguf")]
        files = _choose(match["repo"], models, match["quantisation"])
        downloaded = [
            (f, Path(hf_hub_download(match["repo"], f.path, local_dir=folder / match["repo"], endpoint=endpoint)))
            for f in files
        ]
    except ModelError:
        raise
    except Exception as error:  # the errors of the hub's client and of the HTTP library below it have no common base
        raise ModelError(f"{name}: cannot be fetched: {first_line(error)}; run the command again to resume") from error
    for file, path in downloaded:
        if file.lfs and sha256_of(path) != file.lfs.sha256:
            path.unlink()
            raise ModelError(f"{name}: the sha256 of {file.path} is not the hub's; the file was deleted, pull it again")
    return downloaded[0][1]


def _choose(repo: str, files: list[RepoFile], quantisation: str | None) -> list[RepoFile]:
    wanted = (quantisation or _USUAL).lower()
    matches = [f for f in files if re.search(rf"(?:^|[-._/]){re.escape(wanted)}(?:[-._]|$)", f.path.lower())]
    if not matches and quantisation is None and len(files) == 1:
        matches = files
    if not matches:
        available = ", ".join(f.path for f in files) or "no GGUF file"
        raise ModelError(f"{repo}: no {wanted.upper()} in this repository; it has {available}")
    # A repository may hold a file and the same in parts; one set of parts is taken.
    first = min(matches, key=lambda f: (bool(SHARD.search(f.path)), f.path))
    shard = SHARD.search(first.path)
    if shard is None:
        return [first]
    stem = first.path[: shard.start()]
    return sorted((f for f in matches if f.path.startswith(stem)), key=lambda f: f.path)
