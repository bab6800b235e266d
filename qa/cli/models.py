"""The commands for models: `qa models ...`."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import Json, with_flags
from qa.cli.output import complain, print_json, say
from qa.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from qa.settings import Settings

app = typer.Typer(help="The models on this machine; choose which of them writes.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def _all(context: typer.Context, as_json: Json = False) -> None:
    """List the models on this machine, and choose which of them writes."""
    if context.invoked_subcommand is None:
        list_models(as_json=as_json, quiet=None)


@app.command("list")
@with_flags("quiet")
def list_models(as_json: Json = False, *, settings: Settings) -> None:
    """List the models: what is in use, size, window, quantisation, licence."""
    from rich.filesize import decimal

    from qa.cli.tables import show_table
    from qa.models.readers.minilm import OnnxReader
    from qa.models.select import listed
    from qa.settings import BUNDLED

    models = listed(settings)
    reader = OnnxReader.name if settings.reader == BUNDLED else "none"
    if as_json:
        print_json({"models": models, "reader": reader, "window": settings.context_tokens})
        return
    show_table(
        ("", "name", "size", "kind and quantisation", "longest window", "licence", "file"),
        [
            (
                "*" if m.in_use else "",
                m.name,
                decimal(m.bytes) if m.bytes else "",
                m.facts.description if m.facts else m.error,
                f"{m.facts.context:,}" if m.facts else "",
                m.facts.licence if m.facts else "",
                m.path,
            )
            for m in models
        ],
        right=("size", "longest window"),
    )
    if not settings.quiet:
        say(f"* writes, with a window of {settings.context_tokens} tokens; the reader is {reader}")


@app.command()
@with_flags("base_url", "allow_network", "quiet")
def use(
    model: Annotated[str, typer.Argument(help="A name that `qa models` lists, a GGUF file, openai:NAME, or bundled.")],
    *,
    settings: Settings,
) -> None:
    """Let a model write from now on: it is noted in the settings file. `qa models use bundled` takes it back.

    Of openai:NAME the --base-url is noted too.
    """
    from qa.models.files import resolve
    from qa.models.generators.openai import SERVED
    from qa.models.select import load_generator
    from qa.settings import BUNDLED, save_setting

    named = "" if model == BUNDLED else resolve(model, settings.models_dir)
    generator = load_generator(settings, named)
    generator.load()
    served = named.startswith(SERVED)
    save_setting("base_url", settings.base_url if served else "")
    file = save_setting("model", named if served or not named else str(_absolute(named)))
    if not settings.quiet:
        say(f"{generator.name} writes from now on; noted in {file}")


@app.command()
@with_flags("quiet")
def pull(
    model: Annotated[str, typer.Argument(metavar="OWNER/REPO[:QUANT]", help="A repository of GGUF files.")],
    *,
    settings: Settings,
) -> None:
    """Fetch a model from the Hugging Face hub, the only command that needs the network. A stop loses nothing.

    HF_ENDPOINT names another hub, HF_TOKEN holds the token for what is not public.
    """
    from qa.models.files import pull as fetch

    path = fetch(model, settings.models_dir, quiet=settings.quiet or not sys.stderr.isatty())
    if not settings.quiet:
        say(str(path))
        say(f"`qa models use {path.stem}` lets it write")


@app.command()
@with_flags("quiet")
def remove(
    model: Annotated[str, typer.Argument(help="A name that `qa models` lists, of a model that was pulled.")],
    *,
    settings: Settings,
) -> None:
    """Delete a model that was pulled."""
    from pathlib import Path

    from qa.models.files import found_in, parts_of, resolve

    path = Path(resolve(model, settings.models_dir))
    if path not in found_in(settings.models_dir):
        raise ModelError(f"{model}: not a model in {settings.models_dir}; `qa models` lists them")
    for part in parts_of(path):
        part.unlink(missing_ok=True)
    if not any(path.parent.rglob("*.gguf")):
        shutil.rmtree(path.parent)
    if not settings.quiet:
        complain(f"deleted {path}")


def _absolute(named: str) -> Path:
    from pathlib import Path

    return Path(named).expanduser().resolve()
