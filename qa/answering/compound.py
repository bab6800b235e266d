"""A question that asks two things, as two questions. Pure: it cuts, and adds no word of its own."""

from __future__ import annotations

import re

from qa.text.language import KNOWN
from qa.text.words import capital

_ASKS = r"(?:what|when|where|which|who|whom|whose|why|how)(?:['’]s)?"
_FRONT = r"(?:(?:at|by|during|for|from|in|into|of|on|since|through|to|under|until|with)\s+)?"
_HELPS = (
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)\s+"
    r"(?:i|we|you|he|she|it|they|this|that|these|those|there|the|any\w*|my|our|his|her|its|their)\b"
)
_JOINT = re.compile(rf"\s*,?\s+and\s+(?:(?:also|then)\s+)?(?={_FRONT}{_ASKS}\b|{_HELPS})", re.IGNORECASE)
_BARE = re.compile(rf"{_FRONT}{_ASKS}", re.IGNORECASE)
_LEADS = re.compile(rf"{_FRONT}{_ASKS}(?:\s+(?:many|much|long|far|often|old))?\s+(?P<rest>\S.*)", re.IGNORECASE)
# "between the first and which other": the second is not a question of its own.
_GOES_ON = re.compile(r"\bbetween\b(?!.*\band\b)|\b(?:both|of|the|in|to|from|with)$", re.IGNORECASE)
_FEWEST = 2  # words of a question that can stand alone


def parts_of(question: str) -> tuple[str, ...]:
    """Cut a question with two parts in two; one with a single part comes back as it is.

    The second part may lean on the first, as a follow-up does: "When did she die, and where?"
    """
    asked = " ".join(question.split()).rstrip("?. ")
    joint = _JOINT.search(asked)
    if not joint:
        return (question,)
    first, second = asked[: joint.start()], asked[joint.end() :]
    if _BARE.fullmatch(first) and (leads := _LEADS.fullmatch(second)):
        # "When and by whom was this written?": both ask the same of one thing.
        return f"{first} {leads['rest']}?", f"{capital(second, KNOWN)}?"
    if len(first.split()) < _FEWEST or not re.match(rf"{_FRONT}{_ASKS}\b|{_HELPS}", first, re.IGNORECASE):
        return (question,)
    if _GOES_ON.search(first):
        return (question,)
    return f"{first}?", f"{capital(second, KNOWN)}?"
