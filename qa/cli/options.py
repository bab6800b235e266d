"""The flags that override settings; a decorator adds them to a command, so that each is defined once."""

from __future__ import annotations

import functools
import inspect
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa.errors import UsageError

if TYPE_CHECKING:
    from qa.settings import Settings

Sources = Annotated[
    list[str] | None,
    typer.Option(
        "--source", "-s", help="A file, a folder, a pattern, a web address, or - for standard input; may be repeated."
    ),
]
Collection = Annotated[
    str | None, typer.Option("--collection", "-c", metavar="NAME", help="A collection of documents.")
]
Ray = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Work on the machines of the Ray cluster at HOST:PORT, or, with local, in a process for each core.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_FLAGS: dict[str, Any] = {
    "model": Annotated[
        str | None,
        typer.Option(help="A GGUF file, a name from `qa models`, or openai:NAME.", show_default="bundled"),
    ],
    "base_url": Annotated[str | None, typer.Option(help="Address of the server of an openai: model.")],
    "gpu_layers": Annotated[
        int | None, typer.Option(min=-1, help="Layers on the GPU, if llama.cpp has one; -1: all.", show_default="-1")
    ],
    "embedder": Annotated[
        str | None,
        typer.Option(help="bundled, multilingual, or a sentence-transformers name or folder.", show_default="bundled"),
    ],
    "reader": Annotated[
        str | None,
        typer.Option(help="The trained reader: bundled, small, none, or a folder with one.", show_default="bundled"),
    ],
    "answers_by": Annotated[
        str | None,
        typer.Option(help="Who decides what the answer is: auto, reader, model or both.", show_default="auto"),
    ],
    "min_confidence": Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Least probability of being right for an answer; below it: 'the article does not say'."
        ),
    ],
    "allow_network": Annotated[
        bool | None,
        typer.Option("--allow-network", help="Fetch web addresses, and use model servers on other machines."),
    ],
    "index_dir": Annotated[Path | None, typer.Option(help="Folder of the indexes.")],
    "store": Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Where collections are kept: postgresql://USER@HOST/DATABASE.",
            show_default="a folder",
        ),
    ],
    "threads": Annotated[int | None, typer.Option(min=0, help="CPU threads; 0: one for each core.")],
    "quiet": Annotated[
        bool | None, typer.Option("--quiet", "-q", help="Print only the result: no progress, no warnings.")
    ],
}


def with_flags(*names: str, store_alone: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add the flags of these settings, or of all, to a command; it is called with the effective ``settings``.

    Where it takes a collection, ``--store`` needs one, or else ``store_alone``.
    """
    chosen = names or tuple(_FLAGS)

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def called(**values: Any) -> None:
            given = {name: values.pop(name) for name in chosen}
            # The conversation that `--continue` goes on with knows its collection.
            unnamed = values.get("collection", "") is None and not values.get("go_on")
            if unnamed and not store_alone and given.get("store") is not None:
                raise UsageError("--store says where collections are kept; name one with -c")
            command(**values, settings=_settings(given))

        # Settings is imported for the type checker alone, so its name is filled in for looking the others up.
        namespace = {**command.__globals__, "Settings": object}
        own = inspect.signature(command, eval_str=True, globals=namespace).parameters.values()
        added = [
            inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_FLAGS[n]) for n in chosen
        ]
        parameters = [*(p for p in own if p.name != "settings"), *added]
        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {p.name: p.annotation for p in parameters}
        return called

    return decorate


def _settings(flags: dict[str, Any]) -> Settings:
    from qa.settings import load_settings

    settings = load_settings(flags).settings
    _log_to_stderr(quiet=settings.quiet)
    return settings


class _OneLine(logging.Formatter):
    """Prints a message on one line without control characters, whatever file name or error text it quotes."""

    def format(self, record: logging.LogRecord) -> str:
        from qa.text.display import one_line

        return one_line(super().format(record))


def _log_to_stderr(*, quiet: bool) -> None:
    # Only our own warnings are for the user; those of the libraries are noise.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("qa: %(message)s"))
    ours = logging.getLogger("qa")
    ours.handlers[:] = [handler]
    ours.setLevel(logging.ERROR if quiet else logging.WARNING)
