"""Fits the confidence: ``python -m qa.training.calibrate --questions FILE [--source FILE] ... --out FILE``.

The answer that each candidate of each gold question would give is judged, and the calibration is fitted on that
(``qa.training.fit``). Repeat --questions, with --source, for further kinds of text.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import msgspec

from qa.answering.assistant import Assistant
from qa.answering.parts import Parts, load_parts
from qa.answering.writing.checks.verify import described
from qa.answering.writing.citations import render
from qa.answering.writing.draft import in_full, literal
from qa.evaluation.metrics import error_of_calibration, judge
from qa.evaluation.run import read_gold
from qa.paths import WEIGHTS
from qa.protocols import Reader
from qa.records.lines import GoldQuestion, source_beside
from qa.settings import BUNDLED, SMALL, Settings, load_settings
from qa.sources.read import load
from qa.text.language import AUTO, language_of
from qa.training.fit import Row, fit, fit_statements, held_out, questions_of
from qa.types import Answer, Models, Supported

SEED = 7
FOREIGN = 4  # own questions for one of another article


class Article(NamedTuple):
    """Where an article is, and the language that its text seems to be in."""

    path: str
    language: str


def rows(
    kind: str,
    questions: Path,
    source: str | None,
    foreign: Sequence[tuple[GoldQuestion, Article]] = (),
    *,
    reader: str = BUNDLED,
    language: str = AUTO,
) -> list[Row]:
    """Return the judged candidates of each gold question.

    Some ``foreign`` questions, each with its article, are asked of other articles in the same language too: nothing there
    is right.
    """
    settings = load_settings({"reader": reader, "language": language}).settings
    parts = uncalibrated(settings)
    assistant = Assistant([source] if source else [], settings, parts)
    if assistant.parts.reader is None:
        raise SystemExit("there is no reader to calibrate")
    made = []
    own = read_gold(questions)
    own += strangers(articles_of(own, questions, source), foreign, max(1, len(own) // FOREIGN))
    for number, gold in enumerate(own):
        sources = (source_beside(gold.source, questions.parent),) if gold.source else assistant.sources
        evidence = assistant.find_evidence(gold.question, history=gold.history, sources=sources)
        text = load(sources[0], settings.limits).text
        for c in evidence.candidates:
            # With its words taken for sure the candidate says what is cut from it, with them in doubt the sentence.
            cut, whole = (in_full(gold.question, replace(c, exact=e)) or literal(c) for e in (1.0, 0.0))
            right = [_right(gold, s, text) for s in (whole, cut)]
            made.append(Row(kind, str(sources[0]), number, dict(c.features), *right))
    return made


def uncalibrated(settings: Settings) -> Parts:
    """Load the models; a reader that has no calibration of its own yet starts from the small one's."""
    start = WEIGHTS / "calibration.json"
    return load_parts(settings, calibration=None if settings.reader == SMALL else start, other_calibration=start)


def articles_of(gold: Sequence[GoldQuestion], questions: Path, source: str | None) -> dict[str | None, Article]:
    """Return each article that the questions of a file are about, by the name that they give it."""
    limits = load_settings({}).settings.limits
    named = {g.source: source_beside(g.source, questions.parent) if g.source else source for g in gold}
    places = sorted((name or "", path) for name, path in named.items() if path)
    return {name or None: Article(path, language_of(load(path, limits).text)) for name, path in places}


def strangers(
    articles: Mapping[str | None, Article], foreign: Sequence[tuple[GoldQuestion, Article]], count: int
) -> list[GoldQuestion]:
    """Draw ``count`` questions of ``foreign`` and ask each of another of the ``articles``, one in its language."""
    draw, made = random.Random(SEED), []
    for gold, of in draw.sample(foreign, len(foreign)):
        elsewhere = [n for n, a in articles.items() if a.language == of.language and a.path != of.path]
        if elsewhere and len(made) < count:
            changed = {"source": draw.choice(elsewhere), "answerable": False, "answers": [], "answer_spans": []}
            made.append(msgspec.structs.replace(gold, **changed))
    return made


def _right(gold: GoldQuestion, supported: Supported | None, text: str) -> bool:
    if supported is None or not gold.answerable:
        return False
    said, citations = render([supported])
    answer = Answer(gold.question, gold.question, "answered", said, citations, 1.0, Models("", ""))
    return judge(gold, answer, text).right


def statements(files: Sequence[Path], reader: Reader) -> list[tuple[dict[str, float], bool]]:
    """Describe the statements of each file over the sentence that they are about; say which of them it supports.

    A line has ``source``, ``question``, ``evidence``, ``text`` and ``kind``, which is "honest" or a kind of lie.
    """
    made = []
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            (values,) = described(reader, row["text"], [row["evidence"]], row["question"])
            made.append((values, row["kind"] == "honest"))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, action="append", required=True)
    parser.add_argument(
        "--source", action="append", default=[], help="article of the set at the same place; - for none"
    )
    parser.add_argument(
        "--language",
        action="append",
        default=[],
        help="language that the set at the same place is taken to be in; one that there is not has the reader for "
        "other languages read an English set",
    )
    parser.add_argument(
        "--statements", type=Path, action="append", default=[], help="statements, honest and not, with their evidence"
    )
    parser.add_argument("--rows", type=Path, help="keep the features here, or take them from here if the file exists")
    parser.add_argument(
        "--reader", default=BUNDLED, help="as the setting: bundled, small, or a folder with a larger reader"
    )
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.rows and arguments.rows.exists():
        found = msgspec.json.decode(arguments.rows.read_bytes(), type=list[Row])
    else:
        sources = [None if s == "-" else s for s in arguments.source] + [None] * len(arguments.questions)
        languages = [*arguments.language, *[AUTO] * len(arguments.questions)]
        pool = []
        for questions, source in zip(arguments.questions, sources, strict=False):
            gold = read_gold(questions)
            articles = articles_of(gold, questions, source)
            pool += [(g, articles[g.source]) for g in gold if g.source in articles]
        found = [
            row
            for place, (questions, source, language) in enumerate(
                zip(arguments.questions, sources, languages, strict=False)
            )
            for row in rows(
                f"{place} {questions.parent.name}",
                questions,
                source,
                pool,
                reader=arguments.reader,
                language=language,
            )
        ]
        if arguments.rows:
            arguments.rows.write_bytes(msgspec.json.encode(found))
    asked = questions_of(found)
    fitted = fit(asked)
    if arguments.statements:
        reader = uncalibrated(load_settings({"reader": arguments.reader}).settings).reader
        told = statements(arguments.statements, reader)
        fitted = replace(fitted, statement=fit_statements([v for v, _ in told], [right for _, right in told]))
    arguments.out.write_bytes(msgspec.json.format(msgspec.json.encode(fitted), indent=1) + b"\n")
    held = held_out(asked)
    for kind in dict.fromkeys(row.kind for row, _, _ in held):
        told = [(sure, row.sentence or row.words) for row, sure, _ in held if row.kind == kind]
        print(
            f"{kind}: {len(told)} questions, {sum(r for _, r in told) / len(told):.3f} right without refusing, "
            f"on other articles a calibration error of {error_of_calibration(told):.1f} %"
        )


if __name__ == "__main__":
    main()
