"""A conversation as a file: Markdown, one HTML page with the article beside it, or JSON lines."""

from __future__ import annotations

import functools
import html
import itertools
import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePath

import msgspec

from qa.errors import QAError, SourceError, UsageError
from qa.sources.find import STDIN
from qa.sources.read import load
from qa.text.display import one_line, reads_from_right
from qa.text.language import RIGHT_TO_LEFT, language_of
from qa.text.markers import replaced
from qa.text.positions import place_of
from qa.types import Answer, Citation, Document, Limits, Span

_STYLE = """
body{margin:0;display:grid;grid-template-columns:1fr 1fr;font:16px/1.5 system-ui,sans-serif;color:#111;background:#fff}
main,aside{padding:1.5rem;overflow:auto;height:100vh;box-sizing:border-box}
aside{border-left:1px solid #ccc}.text{white-space:pre-wrap;overflow-wrap:anywhere}
h2{font-size:1rem;margin:1.5rem 0 .25rem}
blockquote{margin:.25rem 0;padding-inline-start:.75rem;border-inline-start:3px solid #ccc}
mark{background:#fff3b0}mark:target{background:#ffd24d}.place,.unsure{color:#666;font-size:.875rem}
@media(max-width:50rem){body{display:block}main,aside{height:auto}aside{border:0;border-top:1px solid #ccc}}
"""


def save(path: Path, answers: Sequence[Answer], documents: Sequence[Document]) -> None:
    """Write the conversation to ``path``; its ending chooses the form. The file is for its owner alone.

    Raises:
        UsageError: an unknown ending, or the file cannot be written.
    """
    forms: dict[str, Callable[[], str]] = {
        ".md": lambda: markdown(answers, documents),
        ".html": lambda: page(answers, documents),
        ".jsonl": lambda: "".join(msgspec.json.encode(a).decode() + "\n" for a in answers),
    }
    if path.suffix.lower() not in forms:
        raise UsageError(f"{path}: a conversation is saved as {', '.join(forms)}")
    content = forms[path.suffix.lower()]()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content.encode())
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def documents_of(
    answers: Sequence[Answer],
    limits: Limits,
    *,
    at_hand: Callable[[str], Document | None] = lambda _: None,
    paths: Sequence[str] = (),
) -> list[Document]:
    """Read the sources that answers cite, but for those that are ``at_hand``.

    ``paths`` are whole paths of what was asked: sources are cited relative to the folder of then. What cannot be read,
    or has none of its quotes where they were, is left out.
    """
    documents = []
    citations: dict[str, list[Citation]] = {}
    for citation in (c for a in answers for c in a.citations):
        citations.setdefault(citation.source, []).append(citation)
    for source, cited in citations.items():
        document = None
        # Its file may be there still, or again.
        with suppress(QAError):
            document = at_hand(source)
        if not document and source != STDIN:
            with suppress(SourceError):
                document = load(_whole(source, paths), limits)
                document = replace(document, source=source, language=language_of(document.text))
        if document and any(document.text[c.start : c.end] == c.quote for c in cited):
            documents.append(document)
    return documents


def located(answers: Sequence[Answer], paths: Sequence[str]) -> list[Answer]:
    """Name the sources of citations by the whole paths among ``paths``, so that they are found from everywhere."""
    return [
        replace(a, citations=tuple(replace(c, source=_whole(c.source, paths)) for c in a.citations)) for a in answers
    ]


def _whole(source: str, paths: Sequence[str]) -> str:
    parts = PurePath(source).parts
    return next((path for path in paths if PurePath(path).parts[-len(parts) :] == parts), source)


def markdown(answers: Sequence[Answer], documents: Sequence[Document]) -> str:
    """Write the conversation as Markdown; each quote is literal and gives its place."""
    texts = {d.source: d.text for d in documents}
    parts = []
    for answer in answers:
        sure = f" ({said})" if (said := _sure(answer)) else ""
        parts.append(f"## {_escaped(answer.question)}\n\n{_escaped(answer.answer)}{sure}\n")
        parts += [
            f"> \\[{c.number}\\] “{_escaped(c.quote)}”\n{_parted(c.quote)}> — {_escaped(c.source)}, {where(c, texts)}\n"
            for c in answer.citations
        ]
    return "\n".join(parts)


def _sure(answer: Answer) -> str:
    # Where nothing is answered the confidence is that of the answer that was not given.
    return f"{answer.confidence:.0%} sure" if answer.status == "answered" else ""


def _parted(quote: str) -> str:
    # In the same paragraph a path and its numbers would be put in order from right to left.
    return ">\n" if reads_from_right(quote) else ""


def plain(answer: Answer) -> str:
    """Write one answer with its quotes as plain text."""
    quotes = [f"[{c.number}] “{c.quote}” ({c.source}, characters {c.start}-{c.end})" for c in answer.citations]
    return "\n".join([answer.answer, *quotes])


def _escaped(text: str) -> str:
    # What Markdown or HTML would read as markup is shown as text.
    return re.sub(r"([\\`*_{}\[\]<>#|!])", r"\\\1", one_line(text))


def where(citation: Citation, texts: dict[str, str]) -> str:
    """Say where a citation stands: paragraph and line where the text is at hand, and characters."""
    characters = f"characters {citation.start}-{citation.end}"
    text = texts.get(citation.source)
    if text is None or text[citation.start : citation.end] != citation.quote:
        return characters
    place = place_of(text, Span(citation.start, citation.end))
    return f"paragraph {place.paragraph}, line {place.line}, {characters}"


def page(answers: Sequence[Answer], documents: Sequence[Document]) -> str:
    """Write one HTML page without scripts and without anything from elsewhere; all text is escaped."""
    texts = {d.source: d.text for d in documents}
    numbers = {d.source: n for n, d in enumerate(documents)}
    by_source = {d.source: d for d in documents}
    turns = []
    for number, answer in enumerate(answers):
        targets = {c.number: f"#d{numbers[c.source]}-{c.start}" for c in answer.citations if c.source in numbers}
        link = functools.partial(_link, targets=targets)
        linked = replaced(html.escape(answer.answer), link)
        turns.append(f'<h2 id="q{number}" dir="auto">{html.escape(answer.question)}</h2><p dir="auto">{linked} ')
        turns.append(f'<span class="unsure" dir="ltr">{_sure(answer)}</span></p>')
        turns += [
            f"<blockquote{_in_language(by_source.get(c.source))}>{replaced(f'[{c.number}]', link)} "
            f"“{html.escape(c.quote)}”<br>"
            f'<span class="place" dir="ltr" lang="en">{html.escape(c.source)}, {where(c, texts)}</span></blockquote>'
            for c in answer.citations
        ]
    articles = [
        f'{_heading(d)}<div class="text"{_in_language(d)}>{_marked(d, n, answers)}</div>'
        for n, d in enumerate(documents)
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Conversation</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(turns)}</main><aside>{''.join(articles)}</aside></body></html>\n"
    )


def _heading(document: Document) -> str:
    source = html.escape(document.source)
    if not document.title:
        return f"<h1>{source}</h1>"
    title = f'<h1 dir="auto">{html.escape(one_line(document.title))}</h1>'
    return f'{title}<p class="place" dir="ltr" lang="en">{source}</p>'


def _in_language(document: Document | None) -> str:
    """Write the attributes of a text of a document: a browser chooses signs by language, and cannot guess it."""
    if document is None:
        return ' dir="auto"'
    direction = "rtl" if document.language in RIGHT_TO_LEFT else "ltr"
    return f' lang="{html.escape(document.language)}" dir="{direction}"'


def _link(match: re.Match[str], targets: dict[int, str]) -> str:
    target = targets.get(int(match.group(1)))
    return f'<a href="{target}">{match.group()}</a>' if target else match.group()


def _marked(document: Document, number: int, answers: Sequence[Answer]) -> str:
    spans = {
        (c.start, c.end)
        for a in answers
        for c in a.citations
        if c.source == document.source and document.text[c.start : c.end] == c.quote
    }
    # Quotes can overlap: a piece is marked if any quote covers it, and each quote's start is a target of its own.
    cuts = sorted({0, len(document.text), *(p for span in spans for p in span)})
    starts = {start for start, _ in spans}
    pieces = []
    for begin, end in itertools.pairwise(cuts):
        piece = html.escape(document.text[begin:end])
        target = f' id="d{number}-{begin}"' if begin in starts else ""
        covered = any(s <= begin and end <= e for s, e in spans)
        pieces.append(f"<mark{target}>{piece}</mark>" if covered else piece)
    return "".join(pieces)
