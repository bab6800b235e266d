"""An answer as OpenAI's objects: what stands where in it, and that an article cannot put anything active there."""

from __future__ import annotations

import re

import msgspec
import pytest

from qa.server.completions.replies import ChatCompletion, Reply, inert, without_quotes
from qa.types import Answer, Citation, Models, Timings


def citation(number: int, quote: str, source: str = "a.txt") -> Citation:
    return Citation(number, source, "0" * 64, 5, 5 + len(quote), quote, 0, 99)


def answer(text: str, *citations: Citation) -> Answer:
    spent = Timings(prompt_tokens=300, reused_tokens=200, completion_tokens=20)
    return Answer("q", "q", "answered", text, citations, 0.9, Models("e", "g"), spent)


def reply(*, quotes: bool = True) -> Reply:
    return Reply("article-qa", lambda c: (f"http://localhost/#source={c.source}", f"name of {c.source}"), quotes=quotes)


def test_each_marker_is_an_annotation_at_its_place() -> None:
    whole = reply().whole(answer("🥐 One [1]. Two [2][1].", citation(1, "one"), citation(2, "two", "b.txt")))
    message = whole.choices[0].message
    places = [note.url_citation for note in message.annotations]
    assert [message.content[p.start_index : p.end_index] for p in places] == ["[1]", "[2]", "[1]"]
    assert [(p.quote, p.source, p.start, p.end) for p in places] == [
        ("one", "a.txt", 5, 8),
        ("two", "b.txt", 5, 8),
        ("one", "a.txt", 5, 8),
    ]
    assert [p.title for p in places] == ["name of a.txt", "name of b.txt", "name of a.txt"]
    assert (whole.usage.total_tokens, whole.usage.prompt_tokens_details.cached_tokens) == (320, 200)


def test_a_quote_is_one_line_under_the_answer_and_literal_beside_it() -> None:
    whole = reply().whole(answer("One [1].", citation(1, "one\n  two")))
    message = whole.choices[0].message
    assert message.content == "One [1].\n\n> [1] “one two” (name of a.txt, characters 5-14)"
    assert message.annotations[0].url_citation.quote == whole.article_qa.citations[0].quote == "one\n  two"
    assert without_quotes(message.content) == "One [1]."
    assert reply(quotes=False).whole(whole.article_qa).choices[0].message.content == "One [1]."


HOSTILE = [
    "![x](https://example.org/seen.png)",
    "[click](javascript:alert(1))",
    "<img src=x onerror=alert(1)>",
    "<!-- hidden --> text",
    "</blockquote><script>alert(1)</script>",
    "![x][1] or <https://example.org/>",
    r"\<img src=x> \\<img src=x> \\\<img src=x>",
    r"\![x](https://example.org/) !\[x\](https://example.org/)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_an_article_says_is_not_active_in_a_front_end(text: str) -> None:
    whole = reply().whole(answer(f"{text} [1].", citation(1, text, text)))
    content = whole.choices[0].message.content
    unescaped = re.sub(r"\\[^\w\s]", "", content)
    for active in ("![", "](", "<img", "<s", "</", "<!", "<h"):
        assert active not in unescaped
    place = whole.choices[0].message.annotations[-1].url_citation
    assert content[place.start_index : place.end_index + 1] == "[1]."
    assert (place.quote, whole.article_qa.answer) == (text, f"{text} [1].")


@pytest.mark.parametrize("text", ["5 < 6 and a <- b", "f(x)[1]", "wow! [1]", "a [b] (c)", "*bold* _it_ # 1. `x`"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


@pytest.mark.parametrize("text", ["One [1]. Two [2].", *(f"{h} [1]. Two [2]." for h in HOSTILE)])
def test_pieces_come_to_the_same_text(text: str) -> None:
    done = answer(text, citation(1, "one"), citation(2, "two"))
    cut = text.index(" Two")
    chunks = [reply().piece(text[:cut]), *reply().end(done, text[:cut])]
    streamed = "".join(c.choices[0].delta.content or "" for c in chunks)
    assert streamed == reply().whole(done).choices[0].message.content


def test_it_is_what_it_says_it_is() -> None:
    whole = reply().whole(answer("One [1].", citation(1, "one")))
    assert msgspec.json.decode(msgspec.json.encode(whole), type=ChatCompletion) == whole
