"""Does a claim say of one thing that it is another, where the quote only names the two side by side? Pure.

"Attacks in Egypt, a civil war in Algeria and a famine" is a list: no attack was a war. In "the founder, a baker" the
second says what the first is, which two or three words before the comma are taken for.
"""

from __future__ import annotations

import re
from itertools import pairwise

from qa.text.words import words_of

_IS = frozenset("is are was were".split())
_SHORT = 2  # words with a meaning before the comma that can be said to be what follows it


def side_by_side(claim: str, quote: str) -> bool:
    """Tell whether an "is" of the claim stands where the quote has a comma of a list."""
    said = words_of(claim)
    for at, (before, verb) in enumerate(pairwise(said), start=1):
        if verb.text.lower() not in _IS or at + 1 >= len(said):
            continue
        subject = [w for w in said[:at] if w.matters]
        if len(subject) <= _SHORT or all(w.name or w.opens for w in subject):
            continue
        listed = rf"\b{re.escape(before.text)}[\"”’]?, {re.escape(said[at + 1].text)}\b[^.;:]*? (?:and|or)\b"
        if re.search(listed, quote, re.IGNORECASE):
            return True
    return False
