"""What the checks make of written sentences, true and not: ``python -m tests.benchmarks.statements FILE.jsonl ...``.

Each line of a file is a sentence that a model might write to a question, with its evidence; its kind is "honest", or a
kind of lie. Prints how many are shown: by the rules alone, and where the reader is asked too.
"""

from __future__ import annotations

import functools
import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from qa.answering.parts import load_parts
from qa.answering.writing.checks.support import find_quote
from qa.answering.writing.checks.verify import Verifier
from qa.settings import load_settings
from qa.sources.read import load
from qa.text.sentences import sentences
from qa.types import Hit, Limits, Passage, Span

HONEST = "honest"


def told(files: Iterable[Path]) -> list[dict[str, Any]]:
    """Read the lines, with the path of the article in each."""
    rows = []
    for file in files:
        lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        rows += [{**row, "path": file.parent / row["source"]} for row in lines]
    return rows


def shown(rows: Iterable[dict[str, Any]], verifier: Verifier | None) -> Counter[str]:
    """Count by kind the sentences that some quote of their article supports."""
    made: Counter[str] = Counter()
    for row in rows:
        quote, _ = find_quote(row["text"], row["question"], [whole(row["path"])], {}, verifier)
        made[row["kind"]] += quote is not None
    return made


@functools.cache
def whole(path: Path) -> Hit:
    """Make a hit of a whole article."""
    document = load(str(path), Limits())
    passage = Passage(Span(0, len(document.text)), tuple(sentences(document.text)))
    return Hit(document, passage, similarity=0.5, score=0.5)


def main() -> None:
    rows = told(map(Path, sys.argv[1:]))
    parts = load_parts(load_settings({}).settings)
    numbers = Counter(row["kind"] for row in rows)
    by = [shown(rows, verifier) for verifier in (None, Verifier.of(parts.reader))]
    table = Table("kind", "told", "shown by the rules, %", "shown with the reader, %")
    lies = {kind: number for kind, number in numbers.most_common() if kind != HONEST}
    for name, kinds in (*((k, [k]) for k in lies), ("all lies", [*lies]), (HONEST, [HONEST])):
        number = sum(numbers[k] for k in kinds)
        shares = (100 * sum(made[k] for k in kinds) / number for made in by)
        table.add_row(name, str(number), *(f"{share:.1f}" for share in shares))
    Console().print(table)


if __name__ == "__main__":
    main()
