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
    from qa.settings import load_settings

    layered = load_settings()
    values = msgspec.to_builtins(layered.settings, enc_hook=str)
    if as_json:
        print_json({name: {"value": value, "from": layered.origins[name]} for name, value in values.items()})
        return
    say(f"# file: {config_file()}")
    for name, value in values.items():
        say(f"{name} = {msgspec.json.encode(value).decode()}  # {layered.origins[name]}")


@with_flags("model", "embedder", "reader", "index_dir", "threads")
def doctor(as_json: Json = False, *, settings: Settings) -> None:
    """Look at everything that a question needs; what is not ok comes with what mends it, and status 1."""
    import msgspec

    from qa.maintenance.doctor import examine
    from qa.text.display import one_line

    findings = []
    for finding in examine(settings):
        findings.append(finding)
        if not as_json:
            typer.echo(f"{'ok  ' if not finding.mend else 'not '} {one_line(f'{finding.name}: {finding.found}')}")
            if finding.mend:
                typer.echo(f"     mend: {one_line(finding.mend)}")
    if as_json:
        print_json(msgspec.to_builtins(findings))
    wrong = sum(bool(f.mend) for f in findings)
    if wrong:
        raise QAError(f"{wrong} of {len(findings)} are not ok")


@with_flags("quiet")
def cache(clear: Annotated[bool, typer.Option("--clear", help="Delete them.")] = False, *, settings: Settings) -> None:
    """List the files that were made from models to start faster. They are made again when they are missing."""
    from rich.filesize import decimal

    from qa.system.cache import ModelCache

    kept = ModelCache(settings.cache_dir)
    for path in kept.files():
        say(f"{path}: {decimal(path.stat().st_size)}")
    if clear:
        kept.clear()
        if not settings.quiet:
            complain(f"deleted {settings.cache_dir}")


@with_flags("index_dir", "quiet")
def purge(
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False, *, settings: Settings
) -> None:
    """List all that is kept on this machine, and delete it for good. The articles and the settings file stay."""
    from rich.filesize import decimal

    from qa.maintenance import purge as stored

    found = list(stored.kept(settings))
    for one in found:
        say(f"{one.what}: {len(one.paths)} in {one.folder}, {decimal(one.bytes)}")
    if not found:
        say("nothing is kept")
        return
    if not yes and not (sys.stdin.isatty() and typer.confirm("delete all of it?", err=True)):
        raise UsageError("nothing was deleted; `qa purge --yes` deletes it")
    stored.purge(settings)
    if not settings.quiet:
        complain("deleted")
