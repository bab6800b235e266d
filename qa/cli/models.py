"""The commands for models: `qa models ...`."""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import Json, with_flags
from qa.cli.output import complain, print_json, say
from qa.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from qa.models.capability import Capability
    from qa.settings import Settings

app = typer.Typer(help="List, choose, fetch and delete models.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def _all(context: typer.Context, as_json: Json = False) -> None:
    """List the models on this machine, choose the generator, fetch and delete models."""
    if context.invoked_subcommand is None:
        list_models(as_json=as_json, quiet=None)


@app.command("list")
@with_flags("quiet")
def list_models(as_json: Json = False, *, settings: Settings) -> None:
    """List the models: which is in use, size, context window, quantisation, licence."""
    from rich.filesize import decimal

    from qa.cli.tables import show_table
    from qa.models.capability import decided
    from qa.models.listing import listed
    from qa.models.readers.minilm import OnnxReader
    from qa.models.readers.mpnet import MPNetReader
    from qa.models.select import window_of
    from qa.settings import SMALL

    models, window = listed(settings), settings.context_tokens
    with suppress(ModelError):  # one that is gone; the list says so
        window = window_of(decided(settings))
    reader = {SMALL: OnnxReader.name, "none": "none"}.get(settings.reader, MPNetReader.name)
    if as_json:
        print_json({"models": models, "reader": reader, "window": window})
        return
    show_table(
        ("", "name", "size", "kind and quantisation", "longest window", "answers by", "licence", "file"),
        [
            (
                "*" if m.in_use else "",
                m.name,
                decimal(m.bytes) if m.bytes else "",
                m.facts.description if m.facts else m.error,
                f"{m.facts.context:,}" if m.facts else "",
                _who_decides(m.capability) if m.facts or m.capability else "",
                m.facts.licence if m.facts else "",
                m.path,
            )
            for m in models
        ],
        right=("size", "longest window"),
    )
    if not settings.quiet:
        say(f"* is the generator, with a context window of {window} tokens; the reader is {reader}")


def _who_decides(capability: Capability | None) -> str:
    if capability is None:
        return "reader (not tested)"
    return f"{capability.answers_by} ({capability.right:.0f} % right by itself)"


@app.command()
@with_flags("base_url", "allow_network", "quiet")
def use(
    model: Annotated[str, typer.Argument(help="A GGUF file, a name from `qa models`, openai:NAME, or bundled.")],
    test: Annotated[bool, typer.Option("--test/--no-test", help="Ask a new model the questions of `test`.")] = True,
    *,
    settings: Settings,
) -> None:
    """Use a model as the generator from now on, by writing it to the settings file; `bundled` restores the default.

    For openai:NAME, --base-url is written too. A model that was never tested is, as by `qa models test`; Ctrl-C ends
    the test alone.
    """
    import msgspec

    from qa.models.capability import found
    from qa.models.files import resolve
    from qa.models.generators.openai import SERVED
    from qa.models.select import load_generator
    from qa.settings import BUNDLED, save_setting

    generator = load_generator(settings, model)
    generator.load()
    served = model.startswith(SERVED)
    save_setting("base_url", settings.base_url if served else "")
    value = model if served else str(_absolute(resolve(model, settings.models_dir)))
    file = save_setting("model", "" if model == BUNDLED else value)
    if not settings.quiet:
        say(f"{generator.name} is the generator from now on, as set in {file}")
    chosen = msgspec.structs.replace(settings, model=model)
    if test and model != BUNDLED and found(chosen) is None:
        del generator  # two copies of a large model would not fit
        _report(model, _tested(chosen), settings)


@app.command("test")
@with_flags("base_url", "allow_network", "quiet")
def try_out(
    model: Annotated[str, typer.Argument(help="A GGUF file, a name from `qa models`, openai:NAME, or bundled.")],
    as_json: Json = False,
    *,
    settings: Settings,
) -> None:
    """Ask a model some questions whose answers are known, and keep who is to decide: the reader, the model or both.

    The setting answers_by overrides what was found.
    """
    import msgspec

    capability = _tested(msgspec.structs.replace(settings, model=model))
    if as_json:
        print_json({"model": model, **msgspec.structs.asdict(capability)})
    else:
        _report(model, capability, settings)


def _tested(settings: Settings) -> Capability:
    from qa.cli.output import progress_for
    from qa.evaluation.capability import measure
    from qa.models.capability import keep

    capability = measure(settings, progress_for(settings))
    keep(settings, capability)
    return capability


def _report(model: str, capability: Capability, settings: Settings) -> None:
    if settings.quiet:
        return
    say(
        f"{model}: {capability.right:.0f} % of the {capability.asked} questions that it was asked right where it reads "
        f"for itself, {capability.unsupported:.0f} % of its sentences unsupported, {capability.seconds:.1f} s an "
        f"answer; "
        f"{capability.reader_right:.0f} % right where the reader decides"
    )
    say(f"answers are decided by: {capability.answers_by}")


@app.command()
@with_flags("quiet")
def pull(
    model: Annotated[str, typer.Argument(metavar="OWNER/REPO[:QUANT]", help="A repository of GGUF files.")],
    *,
    settings: Settings,
) -> None:
    """Fetch a model from the Hugging Face hub; the only command that needs the network. A stopped download resumes.

    HF_ENDPOINT names another hub; HF_TOKEN is the token for models that are not public.
    """
    from qa.models.hub import pull as fetch

    path = fetch(model, settings.models_dir, quiet=settings.quiet or not sys.stderr.isatty())
    if not settings.quiet:
        say(str(path))
        say(f"`qa models use {path.stem}` makes it the generator")


@app.command()
@with_flags("quiet")
def remove(
    model: Annotated[str, typer.Argument(help="A name from `qa models`, of a model that was fetched.")],
    *,
    settings: Settings,
) -> None:
    """Delete a model that was fetched."""
    from pathlib import Path

    from qa.models.files import find_models, parts_of, resolve

    path = Path(resolve(model, settings.models_dir))
    if path not in find_models(settings.models_dir):
        raise ModelError(f"{model}: not a fetched model in {settings.models_dir}; `qa models` lists them")
    used = str(path) == resolve(settings.model, settings.models_dir)
    for part in parts_of(path):
        part.unlink(missing_ok=True)
    # A file that somebody has put there stands beside others that are not the models' own.
    if path.parent != settings.models_dir and not any(path.parent.rglob("*.gguf")):
        shutil.rmtree(path.parent)
    if not settings.quiet:
        complain(f"deleted {path}")
        if used:
            complain(f"{model} was the generator; `qa models use bundled` makes the bundled model it")


def _absolute(name: str) -> Path:
    from pathlib import Path

    return Path(name).expanduser().resolve()
