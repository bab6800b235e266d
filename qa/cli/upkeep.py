"""The commands for the installation and its data: `qa config`, `qa doctor`, `qa cache`, `qa purge`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import Json, with_flags
from qa.cli.output import complain, print_json, say
from qa.errors import QAError, UsageError

if TYPE_CHECKING:
    from qa.settings import Settings


def config(as_json: Json = False) -> None:
    """Print the effective settings, and where each comes from."""
    import msgspec

    from qa.paths import config_file
    from qa.settings import load_settings, masked

    layered = load_settings()
    values = msgspec.to_builtins(layered.settings, enc_hook=str)
    values["store"] = masked(values["store"])
    if as_json:
        print_json({name: {"value": value, "from": layered.origins[name]} for name, value in values.items()})
        return
    say(f"# file: {config_file()}")
    for name, value in values.items():
        say(f"{name} = {msgspec.json.encode(value).decode()}  # {layered.origins[name]}")


@with_flags("model", "embedder", "reader", "index_dir", "threads")
def doctor(as_json: Json = False, *, settings: Settings) -> None:
    """Check everything that answering a question needs. Each problem comes with how to fix it, and status 1."""
    import msgspec

    from qa.maintenance.doctor import examine
    from qa.text.display import one_line

    findings = []
    for finding in examine(settings):
        findings.append(finding)
        if not as_json:
            typer.echo(f"{'FAIL' if finding.fix else 'ok  '} {one_line(f'{finding.name}: {finding.detail}')}")
            if finding.fix:
                typer.echo(f"     fix: {one_line(finding.fix)}")
    if as_json:
        print_json(msgspec.to_builtins(findings))
    problems = sum(bool(f.fix) for f in findings)
    if problems:
        raise QAError(f"{problems} of {len(findings)} checks failed")


@with_flags("quiet")
def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Delete these files.")] = False, *, settings: Settings
) -> None:
    """List the files derived from models for a faster start. They are created again when they are needed."""
    from rich.filesize import decimal

    from qa.system.cache import ModelCache

    model_cache = ModelCache(settings.cache_dir)
    for path in model_cache.files():
        say(f"{path}: {decimal(path.stat().st_size)}")
    if clear:
        model_cache.clear()
        if not settings.quiet:
            complain(f"deleted {settings.cache_dir}")


@with_flags("index_dir", "quiet")
def purge(
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False, *, settings: Settings
) -> None:
    """List all data stored on this machine and delete it for good. Articles and the settings file are not deleted."""
    from rich.filesize import decimal

    from qa.maintenance import purge as storage
    from qa.settings import masked

    stored = list(storage.stored_data(settings))
    for data in stored:
        # Locks are deleted too, but are nothing of the user's.
        count = sum(not path.name.startswith(".") for path in data.paths)
        say(f"{data.kind}: {count} in {data.folder}, {decimal(data.bytes)}")
    if settings.store:
        say(f"not touched: the collections in {masked(settings.store)}; `qa remove -c NAME` removes one")
    if not stored:
        say("no stored data")
        return
    if not yes and not (sys.stdin.isatty() and typer.confirm("delete all of this?", err=True)):
        raise UsageError("nothing was deleted; `qa purge --yes` deletes it")
    storage.purge(settings)
    if not settings.quiet:
        complain("deleted")
