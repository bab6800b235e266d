"""The language of a text. Pure."""

from __future__ import annotations

# The language that the trained reader, the checker and the default embedder know.
KNOWN = "en"
AUTO = "auto"
_LOOKED_AT = 5000  # characters
# By how many nats another language must be likelier than the known one; lists of names look like anything.
_CLEARLY = 40.0


def language_of(text: str) -> str:
    """Guess the language, as ISO 639 code; English where nothing else is clearly likelier."""
    import py3langid

    scores = dict(py3langid.rank(text[:_LOOKED_AT]))
    best = max(scores, key=lambda code: scores[code])
    return str(best) if scores[best] - scores[KNOWN] > _CLEARLY else KNOWN
