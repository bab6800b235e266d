"""The language of a text, and what is known of a language: its stop words, its stemmer, whether it parts words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from qa.text.catalogue import LANGUAGES

# The language that the trained reader, the checker and the default embedder know.
KNOWN = "en"
AUTO = "auto"
# The languages that have a stemmer, as ISO 639-1 codes; the words of others are taken as they stand.
STEMMERS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
# Written without spaces between words: pairs of characters stand for words, as is usual in the search of such texts.
WITHOUT_SPACES = frozenset({"zh", "wuu", "yue", "ja", "th", "lo", "km", "my"})
RIGHT_TO_LEFT = frozenset({"ar", "arz", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
# English words that carry no meaning by themselves. The list of the library has 1,298 for English, many of which do.
FUNCTION_WORDS = frozenset(
    "a an the and or but if of to in on at by for from with as is are was were be been being it its this that these "
    "those he she they him his her their him who whom whose which what when where why how do does did has have had "
    "will would can could may might shall should must there here than then so such also about into over under between "
    "i you we us our your my me one's s according said says say article passage".split()
)
_PUNCTUATION = str.maketrans(dict.fromkeys('¿¡?!.,;:؟،؛।“”„«»"()', " "))
_LATIN_ENDS = "\u024f"
_DETECTION_CHARACTERS = 5000
# By how many nats another language must be likelier than the known one; lists of names look like anything.
_LEAST_LEAD = 40.0


def language_of(text: str) -> str:
    """Guess the language, as ISO 639 code; English where nothing else is clearly likelier."""
    import py3langid

    scores = dict(py3langid.rank(text[:_DETECTION_CHARACTERS]))
    best = max(scores, key=lambda code: scores[code])
    return str(best) if scores[best] - scores[KNOWN] > _LEAST_LEAD else KNOWN


def language_of_question(question: str, among: Iterable[str]) -> str:
    """Tell the language of a question, too short to be guessed freely: one of ``among``, or English.

    The script decides where it can, then the words that carry no meaning by themselves. Only a question in a script
    that none of these languages has is in another language, the likeliest one of those with a ``catalogue``.
    """
    likely = list(dict.fromkeys([*among, KNOWN]))
    # Almost every question: English over English.
    if likely == [KNOWN] and not any(c.isalpha() and c > _LATIN_ENDS for c in question):
        return KNOWN
    written = _in_script_of(question, likely) or _in_script_of(question, LANGUAGES)
    if len(written) < 2:  # noqa: PLR2004 - nothing to choose from
        return written[0] if written else KNOWN
    words = question.lower().replace("’", "'").translate(_PUNCTUATION).split()
    shared = {code: sum(word in stop_words(code) for word in words) for code in written}
    best = [code for code in written if shared[code] == max(shared.values())]
    return best[0] if len(best) == 1 else _likeliest(question, best)


def _in_script_of(text: str, languages: Sequence[str]) -> list[str]:
    """Keep the languages in whose script most letters of ``text`` are; all of them where it has no letters."""
    letters = sum(c.isalpha() for c in text)
    return [code for code in languages if 2 * len(_script(code).findall(text)) >= letters]


@cache
def _script(language: str) -> Any:
    """Compile the pattern of a letter of the script that a language is usually written in (CLDR's likely subtags)."""
    import regex
    from babel.core import get_global

    _, script, *_ = [*str(get_global("likely_subtags").get(language, "")).split("_"), "Latn"][:3]
    names = {"Hans": ("Han",), "Hant": ("Han",), "Jpan": ("Han", "Hiragana", "Katakana"), "Kore": ("Hangul", "Han")}
    return regex.compile("|".join(rf"(?=\p{{L}})\p{{Script={name}}}" for name in names.get(script, (script,))))


def _likeliest(text: str, among: Sequence[str]) -> str:
    import py3langid

    scores = dict(py3langid.rank(text))
    return max(among, key=lambda code: scores.get(code, float("-inf")))


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return the words of a language that carry no meaning by themselves; none where they are not known."""
    if language == KNOWN:
        return FUNCTION_WORDS
    import stopwordsiso

    return frozenset(stopwordsiso.stopwords(language)) if stopwordsiso.has_lang(language) else frozenset()


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """Return the function that maps a word in lower case to its stem (Snowball; Porter, 2001)."""
    if language not in STEMMERS:
        return str
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    analyzer = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer(STEMMERS[language])).build()
    return lambda word: next(iter(analyzer.analyze(word)), word)
