"""The models on this machine, as `qa models` lists them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from qa.errors import ModelError
from qa.models.capability import Capability, found
from qa.models.files import bundled_file, find_models, parts_of, resolve
from qa.models.generators.openai import SERVED
from qa.models.inspect import Facts, inspect_model
from qa.settings import BUNDLED, Settings
from qa.system.cache import ModelCache


@dataclass(frozen=True, slots=True)
class Listed:
    """One model of the list.

    ``facts`` is None where it is not a file that can be used, ``capability`` where the model was not tested.
    """

    name: str
    path: str
    in_use: bool
    bytes: int = 0
    facts: Facts | None = None
    error: str = ""
    capability: Capability | None = None


def listed(settings: Settings) -> list[Listed]:
    """List the bundled model, the ones that were pulled, and the one that is in use.

    Raises:
        ModelError: the model in use is given by a name that several have.
    """
    bundled = bundled_file()
    paths = [*([bundled] if bundled else []), *find_models(settings.models_dir)]
    if bundled is None and settings.model == BUNDLED:
        missing = Listed(BUNDLED, "", in_use=True, error="not installed")
        return [missing, *(_describe(p, bundled, "", settings) for p in paths)]
    used = resolve(settings.model, settings.models_dir)
    if used.startswith(SERVED):
        served = Listed(used, settings.base_url, in_use=True, capability=found(settings))
        return [*(_describe(p, bundled, used, settings) for p in paths), served]
    if used not in map(str, paths):
        paths.append(Path(used).expanduser())
    return [_describe(p, bundled, used, settings) for p in paths]


def _describe(path: Path, bundled: Path | None, used: str, settings: Settings) -> Listed:
    model = Listed(BUNDLED if path == bundled else path.stem, str(path), in_use=str(path) == used)
    try:
        size = sum(p.stat().st_size for p in parts_of(path))
        facts = inspect_model(path, ModelCache(settings.cache_dir), context_tokens=settings.context_tokens)
    except (ModelError, OSError) as error:
        return replace(model, error=str(error))
    tested = found(msgspec.structs.replace(settings, model=str(path)))
    return replace(model, bytes=size, facts=facts, capability=tested)
