"""Words that put what they are said of in doubt: denials, claims, attempts, conditions, exceptions. Pure."""

from __future__ import annotations

import re
from functools import cache

from qa.text.words import Word, words_of

_WORDS = (
    "deny denied refute dispute allege accuse claim suspect rumour believe believed suppose assume fail refuse decline "
    "try tried attempt plan intend intention hope threaten pretend dream imagine propose would could might if unless "
    "whether except instead rather false falsely wrong wrongly hoax lie lied supposedly allegedly purportedly"
)
# As they are written: "near" and "report" put nothing in doubt, and May is a month.
_LITERAL = frozenset({"may", "almost", "nearly", "reportedly"})
_BEFORE = 5  # words before what is said
_ALL_BUT = re.compile(
    r"\b(?:all|everyone|everybody|everything|anyone|nobody|none|no one)\b[^.;]{0,30}?\bbut\b", re.IGNORECASE
)


@cache
def _doubting() -> frozenset[str]:
    return frozenset(word.stem for word in words_of(_WORDS))


def _doubts(word: Word) -> bool:
    return word.stem in _doubting() or word.text in _LITERAL


def in_doubt(claim: str, quote: str, question: str = "") -> bool:
    """Tell whether ``quote`` puts in doubt what ``claim`` states plainly; a question can share the doubt.

    What doubts stands among the words that claim and quote share, or shortly before them.
    """
    known = {w.stem for text in (claim, question) for w in words_of(text)}
    seen = words_of(quote)
    shared = [n for n, w in enumerate(seen) if w.matters and w.stem in known] or [0, len(seen)]
    near = seen[max(0, shared[0] - _BEFORE) : shared[-1] + 1]
    return any(_doubts(w) and w.stem not in known for w in near) or bool(
        _ALL_BUT.search(quote) and not _ALL_BUT.search(f"{claim} {question}")
    )


def takes_back(rest: str) -> bool:
    """Tell whether what follows a piece of a sentence may take it back: an exception, a condition, a denial."""
    words = words_of(rest)
    return any(_doubts(w) for w in words) or any(w.negates for w in words[:_BEFORE])
