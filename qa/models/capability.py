"""What a generator was found to be able to do, kept by the hash of its file or by its server and name."""

from __future__ import annotations

from pathlib import Path

import msgspec

from qa.errors import ModelError
from qa.models.files import parts_of, resolve
from qa.models.generators.openai import SERVED
from qa.settings import AnswersBy, Settings
from qa.system.cache import ModelCache
from qa.system.files import sha256_of, write_whole

PATTERNS = ("capabilities.json",)  # of all that is kept in ``models_dir``


class Capability(msgspec.Struct, frozen=True):
    """How a model did on the shipped gold questions.

    ``right`` and ``reader_right`` are the per cent of right answers where the model reads for itself, and where the
    reader decides; ``unsupported`` is the per cent of the model's sentences that no quote supported, ``seconds`` the
    mean of an answer of its own. The model was ``asked`` so many of them: one that is not up to it not all.
    """

    answers_by: AnswersBy
    asked: int
    right: float
    reader_right: float
    unsupported: float
    seconds: float


def found(settings: Settings) -> Capability | None:
    """Return what was found of the model that the settings name; None where it was not tested."""
    known = _known(settings)
    return known.get(_key(settings)) if known else None


def keep(settings: Settings, capability: Capability) -> None:
    """Keep what was found of the model that the settings name."""
    known = {**_known(settings), _key(settings): capability}
    write_whole(_file(settings), msgspec.json.encode(known))


def decided(settings: Settings) -> Settings:
    """Replace ``answers_by = "auto"`` by what was found, or by the reader where the model was not tested."""
    if settings.answers_by != "auto":
        return settings
    capability = found(settings)
    return msgspec.structs.replace(settings, answers_by=capability.answers_by if capability else "reader")


def _known(settings: Settings) -> dict[str, Capability]:
    file = _file(settings)
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Capability]) if file.is_file() else {}
    except (msgspec.DecodeError, OSError) as error:
        raise ModelError(f"{file}: cannot be read: {error}; delete it and run `qa models test` again") from error


def _file(settings: Settings) -> Path:
    return settings.models_dir / PATTERNS[0]


def _key(settings: Settings) -> str:
    name = resolve(settings.model, settings.models_dir)
    if name.startswith(SERVED):
        return f"{settings.base_url} {name}"
    cache, hashes = ModelCache(settings.cache_dir), []
    for part in parts_of(Path(name)):
        try:
            status = part.stat()
        except OSError as error:
            raise ModelError(
                f"{part}: {error.strerror}; `qa models` lists what is here, `qa models use NAME` chooses"
            ) from error
        key = f"model hash {part.resolve()} {status.st_size} {status.st_mtime_ns}"
        if (kept := cache.blob(key)) is None:
            kept = sha256_of(part).encode()
            cache.keep_blob(key, kept)
        hashes.append(kept.decode())
    return " ".join(hashes)
