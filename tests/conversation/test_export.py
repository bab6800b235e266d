from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from qa.conversation.export import documents_of, markdown, page, plain, save
from qa.errors import IndexFolderError, UsageError
from qa.types import Answer, Citation, Document, Limits, Models

HOSTILE = 'He said <script>alert("x")</script> & <b>left</b>. Then he [came](http://x) back.'
DOCUMENT = Document.from_text("a<b>.txt", f"First.\n\n{HOSTILE}")
START, END = 8, 8 + HOSTILE.index(" Then")
QUOTE = DOCUMENT.text[START:END]


def answer(quote: str = QUOTE) -> Answer:
    citation = Citation(1, DOCUMENT.source, DOCUMENT.sha256, START, END, quote, 0, len(DOCUMENT.text))
    return Answer("Who <i>left</i>?", "Who?", "answered", f"{quote[:-1]} [1].", (citation,), 0.9, Models("e", "g"))


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.marked, self._inside = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._inside = self._inside or tag == "mark"

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "mark"

    def handle_data(self, data: str) -> None:
        self.marked += data if self._inside else ""


def test_a_page_links_each_citation_to_its_marked_passage_and_runs_nothing() -> None:
    tags = Tags()
    tags.feed(page([answer()], [DOCUMENT]))
    names = {tag for tag, _ in tags.found}
    assert not names & {"script", "b", "i", "img", "iframe", "object", "link"}
    targets = [a["id"] for tag, a in tags.found if tag == "mark"]
    links = [a["href"] for tag, a in tags.found if tag == "a"]
    assert links == [f"#{targets[0]}"] * 2
    assert tags.marked == QUOTE
    assert all(not str(v).startswith(("http", "javascript", "//")) for _, a in tags.found for v in a.values())


def test_quotes_that_overlap_are_both_marked() -> None:
    first = answer()
    second = Answer(
        "q",
        "q",
        "answered",
        "x [1].",
        (Citation(1, DOCUMENT.source, "", START + 3, END + 5, DOCUMENT.text[START + 3 : END + 5], 0, 9),),
        0.9,
        Models("e", "g"),
    )
    tags = Tags()
    tags.feed(page([first, second], [DOCUMENT]))
    assert tags.marked == DOCUMENT.text[START : END + 5]
    assert {f"d0-{START}", f"d0-{START + 3}"} <= {a.get("id") for tag, a in tags.found if tag == "mark"}


def test_markdown_shows_markup_as_text() -> None:
    written = markdown([answer()], [DOCUMENT])
    assert "\\<script\\>" in written
    assert "paragraph 2, line 3" in written
    assert "paragraph" not in markdown([answer("other words.")], [DOCUMENT])


def test_a_page_is_headed_by_the_title_of_the_article() -> None:
    titled = replace(DOCUMENT, title="Thieves <b>take</b> watches")
    assert "<h1>a&lt;b&gt;.txt</h1>" in page([answer()], [DOCUMENT])
    headed = (
        '<h1 dir="auto">Thieves &lt;b&gt;take&lt;/b&gt; watches</h1><p class="place" dir="ltr" lang="en">a&lt;b&gt;.txt'
    )
    assert headed in page([answer()], [titled])


def test_what_is_not_answered_is_not_called_sure() -> None:
    refused = replace(answer(), status="not_in_article", answer="The article does not say.", citations=())
    for written in (markdown, page):
        assert "90% sure" in written([answer()], [DOCUMENT])
        assert "90%" not in written([refused], [])
    assert markdown([refused], []).endswith("The article does not say.\n")


def test_a_conversation_is_saved_by_its_ending_for_its_owner_alone(tmp_path: Path) -> None:
    for ending in (".md", ".html", ".jsonl"):
        path = tmp_path / f"talk{ending}"
        save(path, [answer()], [DOCUMENT])
        assert path.stat().st_mode & 0o077 == 0
        assert "said" in path.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "talk.jsonl").read_text(encoding="utf-8"))["schema"] == "qa.answer/1"
    with pytest.raises(UsageError, match=r"\.md, \.html, \.jsonl"):
        save(tmp_path / "talk.doc", [answer()], [])
    with pytest.raises(UsageError, match="cannot be written"):
        save(tmp_path / "none" / "talk.md", [answer()], [])


def test_the_sources_of_answers_are_read_again(article: Path) -> None:
    cited = Citation(1, str(article), "", 0, 3, "The", 0, 9)
    gone = Citation(2, "gone.txt", "", 0, 3, "The", 0, 9)
    given = Answer("q", "q", "answered", "x [1][2].", (cited, gone), 0.9, Models("e", "g"))
    assert [d.source for d in documents_of([given], Limits())] == [str(article)]
    assert plain(given).startswith("x [1][2].\n[1] “The” (")


def test_what_is_at_hand_is_not_read_and_what_is_nowhere_has_no_link(article: Path) -> None:
    def at_hand(source: str) -> Document | None:
        if source == str(article):
            raise IndexFolderError("it is damaged")
        return DOCUMENT if source == DOCUMENT.source else None

    kept = answer().citations[0]
    read = replace(kept, number=2, source=str(article), start=0, end=3, quote="The")
    gone = replace(kept, number=3, source="gone")
    given = replace(answer(), answer="x [1][2][3].", citations=(kept, read, gone))
    documents = documents_of([given], Limits(), at_hand=at_hand)
    assert [d.source for d in documents] == [DOCUMENT.source, str(article)]
    tags = Tags()
    tags.feed(page([given], documents))
    assert [a["href"] for tag, a in tags.found if tag == "a"] == [f"#d0-{START}", "#d1-0"] * 2


def in_language(language: str, text: str, said: str) -> tuple[Answer, Document]:
    document = Document.from_text(f"{language}.txt", text, language=language)
    citation = Citation(1, document.source, document.sha256, 0, len(text), text, 0, len(text))
    return Answer(text, text, "answered", said, (citation,), 0.9, Models("e", "g")), document


def test_each_text_of_a_page_runs_its_own_way() -> None:
    arabic, chinese = in_language("ar", "من مديرة المتحف؟", "ليلى [1]."), in_language("zh", "谁？", "林晓梅 [1]。")
    tags = Tags()
    tags.feed(page([arabic[0], chinese[0]], [arabic[1], chinese[1]]))
    ways = [(tag, a.get("lang"), a.get("dir")) for tag, a in tags.found if tag in {"h2", "p", "blockquote", "div"}]
    assert ways[:3] == [("h2", None, "auto"), ("p", None, "auto"), ("blockquote", "ar", "rtl")]
    assert ways[-3:] == [("blockquote", "zh", "ltr"), ("div", "ar", "rtl"), ("div", "zh", "ltr")]
    places = [a.get("dir") for tag, a in tags.found if tag == "span"]
    assert places == ["ltr"] * 4


def test_in_markdown_the_place_of_a_quote_from_right_to_left_stands_apart() -> None:
    assert "؟”\n>\n> — ar.txt" in markdown([in_language("ar", "من مديرة المتحف؟", "ليلى [1].")[0]], [])
    assert "谁？”\n> — zh.txt" in markdown([in_language("zh", "谁？", "林晓梅 [1]。")[0]], [])


def test_the_language_of_what_is_read_again_is_known() -> None:
    path = Path(__file__).parents[1] / "languages" / "tune" / "notices" / "ar.txt"
    cited = Citation(1, str(path), "", 0, 3, path.read_text(encoding="utf-8")[:3], 0, 9)
    (document,) = documents_of([Answer("q", "q", "answered", "x [1].", (cited,), 0.9, Models("e", "g"))], Limits())
    assert document.language == "ar"
