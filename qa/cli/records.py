"""The commands for what scripts read and write: `qa verify` and `qa schema`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import with_flags
from qa.cli.output import complain, print_json, say
from qa.errors import QAError, UsageError

if TYPE_CHECKING:
    from qa.settings import Settings


@with_flags("quiet")
def verify(
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS.jsonl", help="Saved answers, one JSON object a line.")],
    *,
    settings: Settings,
) -> None:
    """Check every quote of saved answers against its source; status 1 and a list if any does not match.

    A source is looked for from the working folder, then from the folder of ANSWERS.jsonl.
    """
    from qa.records.verify import verify_file

    count, problems = verify_file(answers, settings)
    for problem in problems:
        complain(problem)
    if problems:
        raise QAError(f"{len(problems)} of {count} quotes could not be confirmed in their source")
    if not settings.quiet:
        say(f"{count} quotes match their sources")


def schema(
    name: Annotated[
        str, typer.Argument(help="answer, error (for a bad line of a batch) or question (a line of a batch).")
    ] = "answer",
) -> None:
    """Print the JSON Schema of an answer, of an error line or of a question of a batch."""
    from qa.records.schema import NAMES, schema_of

    if name not in NAMES:
        raise UsageError(f"{name}: no such schema; there are {', '.join(NAMES)}")
    print_json(schema_of(name))
