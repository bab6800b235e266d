"""A document's text to passages, along sentences. Pure: the counting of tokens is handed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from qa.text.sentences import sentences
from qa.types import Passage, Span

CountTokens = Callable[[Sequence[str]], list[int]]
_WORD = re.compile(r"\S+")
# A word without a space in it can be a whole page (a data URL, Chinese prose); it is cut by characters.
_LONGEST_WORD = 64


def split(
    text: str, count_tokens: CountTokens, *, max_tokens: int, overlap_sentences: int, language: str = "en"
) -> list[Passage]:
    """Pack sentences into passages of at most ``max_tokens``; a longer sentence is cut between words.

    Each passage but the first repeats up to ``overlap_sentences`` sentences of the last one, where they fit.
    """
    whole = sentences(text, language)
    counts = count_tokens([s.of(text) for s in whole])
    units: list[tuple[Span, int]] = []
    for span, count in zip(whole, counts, strict=True):
        units += [(span, count)] if count <= max_tokens else _cut(text, span, count_tokens, max_tokens)
    passages, first = [], 0
    while first < len(units):
        last, total = first, 0
        while last < len(units) and (last == first or total + units[last][1] <= max_tokens):
            total += units[last][1]
            last += 1
        inside = tuple(span for span, _ in units[first:last])
        passages.append(Passage(Span(inside[0].start, inside[-1].end), inside))
        if last == len(units):
            break
        following, room = last, max_tokens - units[last][1]
        while following - 1 > first and last - following < overlap_sentences and units[following - 1][1] <= room:
            following -= 1
            room -= units[following][1]
        first = following
    return passages


def _cut(text: str, span: Span, count_tokens: CountTokens, max_tokens: int) -> list[tuple[Span, int]]:
    words = []
    for match in _WORD.finditer(text, span.start, span.end):
        starts = range(match.start(), match.end(), _LONGEST_WORD)
        words += [Span(start, min(start + _LONGEST_WORD, match.end())) for start in starts]
    counts = count_tokens([w.of(text) for w in words])
    pieces: list[tuple[Span, int]] = []
    start, end, total = words[0].start, words[0].end, counts[0]
    for word, count in zip(words[1:], counts[1:], strict=True):
        if total + count > max_tokens:
            pieces.append((Span(start, end), total))
            start, total = word.start, 0
        end, total = word.end, total + count
    return [*pieces, (Span(start, end), total)]
