"""Settings: defaults, then the TOML file, then ``QA_*`` variables, then flags; read once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from qa.errors import UsageError
from qa.paths import cache_home, config_file, data_home, state_home
from qa.system.files import write_whole
from qa.types import Limits

BUNDLED = "bundled"
AnswersBy = Literal["reader", "both", "model"]
SMALL = "small"  # the smaller one of the bundled readers
MULTILINGUAL = "multilingual"  # the embedder for other languages, for all
_MOST = 100_000  # megabytes
# In an address of libpq, before the host or among the parameters.
_PASSWORD = re.compile(r"(?P<user>//[^/@]*?):[^/]*@|(?<=[?&])(?P<name>(?:ssl)?password)=[^&]*(?P<end>&?)")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting, with its unit. The name in the file is the field's, the variable's is QA_ and the field's."""

    model: Annotated[
        str,
        Meta(
            description="generator: bundled (SmolLM2-135M-Instruct), a name that `qa models` lists, a GGUF file, "
            "or openai:NAME, a model of base_url"
        ),
    ] = BUNDLED
    models_dir: Annotated[Path, Meta(description="folder of the models that were pulled")] = msgspec.field(
        default_factory=lambda: data_home() / "models"
    )
    base_url: Annotated[str, Meta(description="address of the OpenAI-compatible server of an openai: model")] = ""
    server_seconds: Annotated[float, Meta(gt=0, description="longest wait for that server, seconds")] = 60.0
    gpu_layers: Annotated[
        int, Meta(ge=-1, description="layers of the generator on the GPU, where llama.cpp is built for one; -1: all")
    ] = -1
    embedder: Annotated[
        str,
        Meta(
            description="bundled (all-MiniLM-L6-v2 for English, multilingual-e5-small for the rest), multilingual "
            "(that one for all), or a sentence-transformers name or folder"
        ),
    ] = BUNDLED
    reader: Annotated[
        str,
        Meta(description="trained reader that finds and checks evidence: bundled, small, none, or a folder with one"),
    ] = BUNDLED
    answers_by: Annotated[
        Literal["auto", "reader", "both", "model"],
        Meta(
            description="who decides what the answer is: the reader, the generator as the model that reads for itself, "
            "or both; auto: what `qa models test` found, the reader before it"
        ),
    ] = "auto"
    min_confidence: Annotated[
        float, Meta(ge=0, le=1, description="below this probability of being right, the article does not say")
    ] = 0.21
    index_dir: Annotated[Path, Meta(description="folder of the indexes")] = msgspec.field(
        default_factory=lambda: data_home() / "indexes"
    )
    store: Annotated[
        str,
        Meta(
            description="where collections are kept: empty for a folder of one's own, "
            "or postgresql://USER@HOST/DATABASE"
        ),
    ] = ""
    collections_dir: Annotated[Path, Meta(description="folder of the collections")] = msgspec.field(
        default_factory=lambda: data_home() / "collections"
    )
    cache_dir: Annotated[Path, Meta(description="folder of what `qa cache` lists and clears")] = msgspec.field(
        default_factory=lambda: cache_home() / "models"
    )
    keep_sessions: Annotated[bool, Meta(description="keep conversations and what was typed, in sessions_dir")] = True
    sessions_dir: Annotated[Path, Meta(description="folder of the kept conversations")] = msgspec.field(
        default_factory=lambda: state_home() / "sessions"
    )
    prompts_dir: Annotated[
        str, Meta(description="folder of the prompt templates; empty: the ones that come with it")
    ] = ""
    threads: Annotated[int, Meta(ge=0, description="CPU threads; 0: one for each core")] = 0
    quiet: Annotated[bool, Meta(description="print the answer alone, no progress and no warnings")] = False
    language: Annotated[
        str,
        Meta(
            pattern="^(auto|[a-z]{2,3})$", description="language of the documents, ISO 639-1; auto: looked for in each"
        ),
    ] = "auto"
    passage_tokens: Annotated[int, Meta(ge=16, description="longest passage, embedder tokens")] = 100
    overlap_sentences: Annotated[
        int, Meta(ge=0, le=8, description="sentences that a passage repeats from the last")
    ] = 1
    retrieved_passages: Annotated[int, Meta(ge=1, description="passages that retrieval returns")] = 10
    prompt_passages: Annotated[int, Meta(ge=1, description="passages that the generator is shown, at most")] = 4
    context_tokens: Annotated[int, Meta(ge=256, description="generator's window, tokens")] = 1024
    answer_tokens: Annotated[int, Meta(ge=8, description="longest answer, generator tokens")] = 96
    allow_network: Annotated[bool, Meta(description="fetch web addresses, ask servers elsewhere")] = False
    pages_dir: Annotated[Path, Meta(description="folder of the pages that were fetched")] = msgspec.field(
        default_factory=lambda: data_home() / "pages"
    )
    uploads_dir: Annotated[Path, Meta(description="folder of the files that were sent to the server")] = msgspec.field(
        default_factory=lambda: data_home() / "uploads"
    )
    answering_threads: Annotated[
        int, Meta(ge=1, description="questions that the server answers at a time; each thread loads the models")
    ] = 1
    waiting_questions: Annotated[
        int, Meta(ge=1, description="questions that may wait at the server; further ones are refused")
    ] = 16
    answer_seconds: Annotated[
        float, Meta(gt=0, description="longest that the server works on a question, waiting included, seconds")
    ] = 120.0
    fetch_seconds: Annotated[float, Meta(gt=0, description="longest that fetching a page may take, seconds")] = 30.0
    busy_seconds: Annotated[float, Meta(ge=0, description="longest wait for another process at the same index")] = 60.0
    max_file_mb: Annotated[float, Meta(gt=0, le=_MOST, description="largest file that is read, megabytes")] = 20.0

    max_text_mb: Annotated[float, Meta(gt=0, le=_MOST, description="longest text of a file, million characters")] = 20.0
    read_seconds: Annotated[float, Meta(gt=0, description="longest that reading a file may take, seconds")] = 60.0
    read_memory_mb: Annotated[int, Meta(ge=256, description="memory that reading a file may take, megabytes")] = 2000

    @property
    def limits(self) -> Limits:
        """How much a file may take."""
        return Limits(
            bytes=int(self.max_file_mb * 1_000_000),
            characters=int(self.max_text_mb * 1_000_000),
            seconds=self.read_seconds,
            memory=self.read_memory_mb * 1_000_000,
        )


def masked(address: str) -> str:
    """Return the address of a store as it may be shown."""
    return _PASSWORD.sub(lambda m: f"{m['user']}:***@" if m["user"] else f"{m['name']}=***{m['end']}", address)


def without_password(address: str) -> str:
    """Return the address of a store without its password, which libpq then looks for where it is."""
    return _PASSWORD.sub(lambda m: f"{m['user']}@" if m["user"] else "", address)


def save_setting(name: str, value: str) -> Path:
    """Write one setting into the settings file, whose comments stay; an empty value takes it out. Return the file.

    Raises:
        UsageError: the file is not TOML, or cannot be written.
    """
    import tomlkit

    path = config_file()
    _read_file(path)
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.is_file() else tomlkit.document()
        if value:
            document[name] = value
        else:
            document.pop(name, None)
        write_whole(path, tomlkit.dumps(document).encode())
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    return path


class Layered(msgspec.Struct, frozen=True):
    """The effective settings, and where each value comes from."""

    settings: Settings
    origins: dict[str, str]


def load_settings(flags: Mapping[str, Any] | None = None) -> Layered:
    """Join the layers; a flag that is None was not given.

    Raises:
        UsageError: a value is of the wrong kind, a name is unknown, or the file is not TOML.
    """
    names = [f.name for f in msgspec.structs.fields(Settings)]
    values: dict[str, Any] = {}
    origins = dict.fromkeys(names, "default")
    path = config_file()
    layers: list[tuple[str, dict[str, Any]]] = [
        (str(path), _read_file(path)),
        ("environment", {n: os.environ[f"QA_{n.upper()}"] for n in names if f"QA_{n.upper()}" in os.environ}),
        ("flag", {n: v for n, v in (flags or {}).items() if v is not None}),
    ]
    for origin, layer in layers:
        unknown = sorted(set(layer) - set(names))
        if unknown:
            raise UsageError(f"{origin}: no setting is called {unknown[0]!r}; `qa config` lists them")
        for name, value in layer.items():
            _check(name, value, origin)
            # Settings files of earlier versions leave these empty for the bundled model.
            values[name] = BUNDLED if name in {"model", "embedder"} and not value else value
            origins[name] = f"environment, QA_{name.upper()}" if origin == "environment" else origin
    return Layered(msgspec.convert(values, Settings, strict=False, dec_hook=_decode), origins)


def _check(name: str, value: object, origin: str) -> None:
    try:
        msgspec.convert({name: value}, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise UsageError(f"{origin}: {name} = {value!r}: {str(error).split(' - at')[0]}") from error


def _decode(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str | Path):
        try:
            return Path(value).expanduser()
        except RuntimeError as error:
            raise ValueError(f"no such user's folder: {value}") from error
    raise TypeError(f"expected a path, got {value!r}")


def _read_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        if os.environ.get("QA_CONFIG"):
            raise UsageError(f"{path}: no such settings file (named by QA_CONFIG)")
        return {}
    try:
        decoded: dict[str, Any] = msgspec.toml.decode(path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise UsageError(f"{path}: not a TOML file: {error}") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    return decoded
