"""The page of `qa serve` in Chromium, before a server of fakes; one test runs the real program."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from qa.paths import PACKAGE
from qa.server.library.ids import id_of_document
from qa.settings import Settings
from tests.conftest import TEXT
from tests.server import browsing
from tests.server.conftest import TOKEN, put_into, until

PAGE = PACKAGE / "server" / "page"
FILES = sorted(PAGE.iterdir())
in_a_browser = pytest.mark.skipif(
    browsing.CHROMIUM is None, reason="there is no Chromium; install it to try the page in it"
)
EMOJI = (
    "Cakes 🍰 and 👩‍👩‍👧 families.\n\n🥐🥖 It opened in 1990 😀. Maria Lopez 🍞 founded it in 𝓗illtown 🏘️."
    " It sells 40 kinds of bread.\n"
)
FOUNDED = "Maria Lopez founded it in Hilltown."
Visit = Callable[..., browsing.Visitor]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.browsing() as started:
        yield started


@pytest.fixture
def visit(browser: Browser, settings: Settings, article: Path) -> Iterator[Visit]:
    """Come to a server over ``files``, or the bakery's article; nothing may have gone wrong in the page at the end."""
    visitors: list[browsing.Visitor] = []
    with ExitStack() as stack:

        def come(*files: Path, waiting: int = 16, collection: str = "", **context: Any) -> browsing.Visitor:
            named = () if collection else files or (article,)
            server = stack.enter_context(browsing.live(settings, *named, waiting=waiting, collection=collection))
            around = browser.new_context(**context)
            stack.callback(around.close)
            visitor = browsing.Visitor(around.new_page(), server, server.origin)
            visitors.append(visitor)
            visitor.come(server.address)
            return visitor

        yield come
        for visitor in visitors:
            assert visitor.problems == []


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def pdf(text: str) -> bytes:
    drawn = f"BT /F1 12 Tf 10 100 Td ({text}) Tj ET".encode()
    return (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 144]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
        b"endobj\n"
        b"4 0 obj<</Length %d>>stream\n%b\nendstream endobj\n"
        b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%%%EOF\n"
    ) % (len(drawn), drawn)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_a_file_of_the_page_is_short_and_makes_no_markup_of_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    never = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|createContextualFragment"
    never += r"|DOMParser|setHTML|\bstyle=|\.style\b|<style|\son[a-z]+=|sessionStorage|indexedDB|document\.cookie"
    assert re.findall(never, text) == []
    assert re.findall(r"(?:https?:)?//(?!www\.w3\.org/2000/svg)[\w.-]+\.\w+", text) == []
    if path.name != "theme.js":
        assert "localStorage" not in text


@in_a_browser
class TestOneArticle:
    def test_the_quote_of_an_answer_is_marked_where_it_stands(self, visit: Visit) -> None:
        visitor = visit()
        visitor.ask("Who founded the bakery?")
        page = visitor.page
        assert visitor.answer == "Maria Lopez founded it [1]."
        expect(page.locator(".confidence")).to_contain_text(re.compile(r"^\w.*, \d+ %$"))
        expect(page.locator("mark.active")).to_have_text("Maria Lopez founded it in Hilltown.")
        assert visitor.before(1) == "The bakery opened in 1990. "
        expect(page.locator(".quotes q")).to_have_text("Maria Lopez founded it in Hilltown.")

    def test_offsets_are_right_behind_emoji(self, visit: Visit, tmp_path: Path) -> None:
        visitor = visit(written(tmp_path, "emoji.txt", EMOJI))
        visitor.ask("Who founded the bakery?")
        expect(visitor.page.locator("mark").first).to_be_visible()
        assert visitor.marked(1) == "Maria Lopez 🍞 founded it in 𝓗illtown 🏘️."
        assert visitor.before(1) == "🥐🥖 It opened in 1990 😀. "

    def test_pointing_brings_out_and_a_click_leads_there_and_back(self, visit: Visit, tmp_path: Path) -> None:
        filler = "".join(f"Paragraph {n} tells of flour and of water.\n\n" for n in range(600))
        visitor = visit(written(tmp_path, "long.txt", f"{filler}{TEXT}\n\n{filler}"))
        page = visitor.page
        visitor.ask("Who founded the bakery?")
        until(lambda: visitor.in_view("mark"))  # an answer that has come shows its first quote
        page.evaluate("document.querySelector('#article').scrollTop = 0")
        until(lambda: not visitor.in_view("mark"))
        visitor.ask("How many kinds of bread are sold?")
        page.locator(".turn").first.locator(".citation").hover()
        expect(page.locator("mark.active")).to_have_text("Maria Lopez founded it in Hilltown.")
        page.mouse.move(0, 0)
        page.locator(".turn").first.locator(".citation").click()
        until(lambda: visitor.in_view("mark.active"))
        until(lambda: "way" in visitor.focused())
        page.keyboard.press("Enter")
        assert visitor.focused()["citation"] == "1"

    def test_overlapping_quotes_are_cut_at_their_borders(self, visit: Visit) -> None:
        visitor = visit()
        made = visitor.page.evaluate(
            """async () => {
              const { pieces, Offsets, paragraphs } = await import('/cuts.js');
              const text = '😀ab\\n\\n' + 'x'.repeat(12000) + '\\n\\n\\n' + 'word '.repeat(3000);
              const letters = (some) => some.replaceAll(/\\s/g, '');
              const offsets = new Offsets(text);
              const found = [...paragraphs(text)];
              return {
                pieces: pieces(2, 20, [{ start: 0, end: 9 }, { start: 5, end: 12 }, { start: 30, end: 40 }])
                  .map((p) => [p.start, p.end, p.quotes.length]),
                units: [0, 1, 2, 3].map((point) => offsets.unit(point)),
                longest: Math.max(...found.map((p) => p.end - p.start)),
                same: letters(found.map((p) => text.slice(p.start, p.end)).join('')) === letters(text),
              };
            }"""
        )
        assert made["pieces"] == [[2, 5, 1], [5, 9, 2], [9, 12, 1], [12, 20, 0]]
        assert made["units"] == [0, 2, 3, 4]
        assert (made["longest"], made["same"]) == (5000, True)

    def test_what_the_article_does_not_say_is_clear(self, visit: Visit) -> None:
        visitor = visit()
        visitor.ask("Who won the cup?")
        assert visitor.answer == "The article does not say."
        turn = visitor.page.locator(".turn.unsaid")
        expect(turn.locator(".citation, .quotes, .error")).to_have_count(0)
        expect(turn).to_contain_text(re.compile(r"likely to answer it|Nothing in it answers this"))

    def test_how_an_answer_came_about_can_be_opened(self, visit: Visit) -> None:
        visitor = visit()
        visitor.ask("Who founded the bakery?")
        detail = visitor.page.locator(".turn .detail")
        expect(detail.locator("dl")).to_be_hidden()
        detail.locator("summary").click()
        expect(detail).to_contain_text("Who founded the bakery?")
        expect(detail).to_contain_text("bag-of-words")
        detail.locator(".candidates .quote").first.click()
        expect(visitor.page.locator("mark.active")).to_contain_text("Maria Lopez")

    def test_an_answer_is_copied_with_its_quotes(self, visit: Visit) -> None:
        visitor = visit(permissions=["clipboard-read", "clipboard-write"])
        visitor.ask("Who founded the bakery?")
        visitor.page.get_by_role("button", name="Copy").click()
        expect(visitor.page.get_by_role("button", name="Copied")).to_be_visible()
        copied = visitor.page.evaluate("navigator.clipboard.readText()")
        assert copied.splitlines() == [
            "Maria Lopez founded it [1].",
            f"[1] “{FOUNDED}” (The bakery opened in 1990. {FOUNDED}, characters 27-62)",
        ]

    def test_questions_to_begin_with_are_offered(self, visit: Visit) -> None:
        visitor = visit()
        offered = visitor.page.locator("#suggestions button")
        expect(offered.get_by_text("Who is quoted?")).to_be_visible()
        offered.get_by_text("What is the article about?").click()
        expect(visitor.page.locator(".turn .citation").first).to_be_visible()
        assert visitor.page.locator("mark").count() > 0

    def test_a_stopped_question_is_no_part_of_the_conversation(self, visit: Visit) -> None:
        visitor = visit()
        page = visitor.page
        page.fill("#question", f"{browsing.HOLD} on, who founded it?")
        page.press("#question", "Enter")
        page.click("#stop")
        expect(page.locator(".turn .state")).to_have_text("Stopped.")
        visitor.live.reader.going.set()
        visitor.ask("Who founded the bakery?")
        expect(page.locator(".turn").last.locator(".citation")).to_be_visible()


@in_a_browser
class TestWhatGoesWrong:
    def test_a_busy_server_is_said_and_can_be_asked_again(self, visit: Visit, browser: Browser) -> None:
        visitor = visit(waiting=1)
        others = [browser.new_context() for _ in range(2)]
        for context in others:
            other = context.new_page()
            other.goto(visitor.live.address)
            other.fill("#question", f"{browsing.HOLD} on, who founded it?")
            other.press("#question", "Enter")
            assert visitor.live.reader.held.wait(20)
        until(lambda: b"qa_waiting 1.0" in visitor.live.metrics.text())
        visitor.ask("Who founded the bakery?")
        error = visitor.page.locator(".turn .error")
        expect(error).to_have_text(re.compile(r"^The server is busy with other questions\. Try again in \d+ s\.$"))
        visitor.live.reader.going.set()
        for context in others:
            context.close()
        until(lambda: _again(visitor.page))

    def test_a_lost_server_is_said(self, visit: Visit) -> None:
        visitor = visit()
        visitor.live.stop()
        visitor.ask("Who founded the bakery?")
        expect(visitor.page.locator(".turn .error")).to_have_text(
            "The server does not answer. Start qa serve again, then try again."
        )
        expect(visitor.page.get_by_role("button", name="Try again")).to_be_visible()

    def test_without_a_key_the_page_says_how_to_get_in(self, visit: Visit) -> None:
        visitor = visit()
        page = visitor.page
        assert "token" not in page.url
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
        page.context.clear_cookies()
        page.reload()
        expect(page.locator("#entrance")).to_contain_text("qa serve")
        expect(page.locator("#panes")).to_be_hidden()
        page.fill("#token", "not the token")
        page.press("#token", "Enter")
        expect(page.locator("#entrance")).to_contain_text("This key does not fit")
        page.fill("#token", visitor.live.address)
        page.press("#token", "Enter")
        expect(page.locator("#panes")).to_be_visible()
        assert TOKEN not in page.url

    def test_a_text_that_has_changed_is_not_marked_wrongly(self, visit: Visit, article: Path) -> None:
        visitor = visit()
        visitor.ask("Who founded the bakery?")
        article.write_text(f"A new beginning. {TEXT}", encoding="utf-8")
        visitor.ask("Who founded the bakery?")
        expect(visitor.page.locator("mark.active")).to_have_text(FOUNDED)
        visitor.page.locator(".citation").first.click()
        expect(visitor.page.locator("#article-note")).to_contain_text("has changed since this answer")
        assert visitor.page.locator("mark").count() == 0


def _again(page: Page) -> bool:
    """Try again while the server is busy; tell whether there is an answer."""
    if page.locator(".turn .error").count():
        page.get_by_role("button", name="Try again").click()
    expect(page.locator("#ask")).to_be_visible()
    return page.locator(".turn .citation").count() > 0


def _send(page: Page, name: str, content: bytes) -> None:
    page.set_input_files("#files", {"name": name, "mimeType": "application/octet-stream", "buffer": content})


@in_a_browser
class TestSourcesAndConversations:
    def test_files_are_added_asked_chosen_and_removed(self, visit: Visit) -> None:
        visitor = visit()
        page = visitor.page
        _send(page, "plan.pdf", pdf("The mill stands in Hilltown."))
        expect(page.locator("#article-head")).to_contain_text("plan.pdf")
        expect(page.locator("#article-text .page")).to_have_text("Page 1")
        dropped = page.evaluate_handle(
            "() => { const held = new DataTransfer();"
            " held.items.add(new File(['The oven bakes 40 kinds of bread.'], 'note.txt')); return held; }"
        )
        page.dispatch_event("body", "dragover", {"dataTransfer": dropped})
        expect(page.locator("#drop")).to_be_visible()
        page.dispatch_event("body", "drop", {"dataTransfer": dropped})
        expect(page.locator("#article-head")).to_contain_text("note.txt")
        expect(page.locator("#drop")).to_be_hidden()

        page.locator("#sources li", has_text="bakery.txt").get_by_role("checkbox").uncheck()
        page.locator("#sources li", has_text="note.txt").get_by_role("checkbox").uncheck()
        expect(page.locator("#scope")).to_have_text("Asks 1 of 3 sources.")
        visitor.ask("Where does the mill stand?")
        expect(page.locator("#article-head")).to_contain_text("plan.pdf")
        expect(page.locator("mark.active")).to_have_text("The mill stands in Hilltown.")
        expect(page.locator(".quotes .place")).to_have_text("plan.pdfpage 1")  # the style puts a comma between

        page.locator("#sources li", has_text="plan.pdf").hover()
        page.get_by_role("button", name="Remove plan.pdf").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("#sources li")).to_have_count(3)
        page.get_by_role("button", name="Remove plan.pdf").click()
        page.locator("#sure-yes").click()
        expect(page.locator("#sources li")).to_have_count(2)
        expect(page.locator("#article-head")).not_to_contain_text("plan.pdf")
        expect(page.locator("#article-head")).not_to_be_empty()  # another article has taken its place
        page.locator(".turn .citation").click()
        expect(page.locator("#article-note")).to_contain_text("not among the sources any more")

    def test_a_file_of_ones_own_is_only_closed(self, visit: Visit, article: Path) -> None:
        page = visit().page
        page.locator("#sources li").hover()
        page.locator("#sources .remove").click()
        expect(page.locator("#sure")).to_contain_text("The file itself stays")
        page.locator("#sure-yes").click()
        expect(page.locator("#article-note")).to_contain_text("Add a file to begin.")
        expect(page.locator("#ask")).to_be_disabled()
        assert article.exists()

    def test_a_file_that_cannot_be_read_says_why(self, visit: Visit) -> None:
        page = visit().page
        _send(page, "a.pdf", b"%PDF-1.4 no")
        expect(page.locator("#sources .error")).to_contain_text("a.pdf")
        expect(page.locator("#article-head")).to_contain_text("bakery.txt")

    def test_a_conversation_is_kept_continued_exported_and_deleted(self, visit: Visit) -> None:
        visitor = visit()
        page = visitor.page
        visitor.ask("Who founded the bakery?")
        entry = page.locator("#conversations .entry", has_text="Who founded the bakery?")
        expect(entry).to_contain_text("1 question")
        page.reload()
        expect(page.locator(".turn .citation")).to_be_visible()
        visitor.ask("How many kinds of bread are sold?")
        expect(entry).to_contain_text("2 questions")

        line = page.locator("#conversations li").first
        line.hover()
        line.locator("summary").click()
        for form, ending in (("Markdown", ".md"), ("Web page", ".html"), ("JSON lines", ".jsonl")):
            with page.expect_download() as download:
                line.get_by_role("link", name=form).click()
            path = download.value.path()
            assert download.value.suggested_filename.endswith(ending)
            assert "Maria Lopez founded it" in path.read_text(encoding="utf-8")

        page.locator("#new").click()
        expect(page.locator(".turn")).to_have_count(0)
        expect(page.locator("#welcome")).to_be_visible()
        expect(page.locator("mark")).to_have_count(0)
        entry.click()
        expect(page.locator(".turn")).to_have_count(2)
        line.hover()
        line.locator("summary").click()
        line.get_by_role("button", name="Delete").click()
        page.locator("#sure-yes").click()
        expect(page.locator("#conversations .entry")).to_have_count(0)
        expect(page.locator(".turn")).to_have_count(0)

    def test_back_and_forward_lead_between_quotes_and_sources(
        self, visit: Visit, article: Path, tmp_path: Path
    ) -> None:
        visitor = visit(article, written(tmp_path, "mill.txt", "The mill is old. The mill stands in Hilltown."))
        page = visitor.page
        visitor.ask("Who founded the bakery?")
        page.locator(".citation").last.click()
        page.locator("#sources .entry", has_text="mill.txt").click()
        expect(page.locator("#article-head")).to_contain_text("mill.txt")
        page.go_back()
        expect(page.locator("mark.active")).to_have_text(FOUNDED)
        assert browsing.fragment(page)["cite"] == "1.1"
        page.go_forward()
        expect(page.locator("#article-head")).to_contain_text("mill.txt")
        page.go_back()
        page.reload()
        expect(page.locator("mark.active")).to_have_text(FOUNDED)

    def test_a_link_from_elsewhere_leads_to_a_quote(self, visit: Visit, tmp_path: Path) -> None:
        visitor = visit(written(tmp_path, "emoji.txt", EMOJI))
        page, start = visitor.page, EMOJI.index("It sells")
        source = browsing.fragment(page)["source"]
        page.goto(f"{visitor.live.origin}/#source={source}&quote={start}-{start + 27}")
        expect(page.locator("mark.active")).to_have_text("It sells 40 kinds of bread.")
        page.locator(".way").click()
        expect(page.locator("#question")).to_be_focused()


@in_a_browser
class TestCollection:
    @pytest.fixture
    def archive(self, settings: Settings, tmp_path: Path) -> Path:
        """More articles than are listed, the bakery's among the last."""
        folder = tmp_path / "archive"
        folder.mkdir()
        for n in range(220):
            written(folder, f"{n:03}.txt", TEXT if n == 210 else f"Mill {n} grinds rye.")
        put_into("news", folder, settings)
        return folder

    def test_a_document_beyond_the_list_is_cited_found_chosen_and_linked(self, visit: Visit, archive: Path) -> None:
        visitor = visit(collection="news")
        page = visitor.page
        expect(page.locator("#sources li")).to_have_count(200)
        expect(page.locator("#scope")).to_have_text("Asks all 220 documents of news.")
        visitor.ask("Who founded the bakery?")
        expect(page.locator("#article-head")).to_contain_text("210.txt")
        expect(page.locator("mark.active")).to_have_text(FOUNDED)
        page.fill("#find", "/21")
        expect(page.locator("#sources li")).to_have_count(10)
        page.locator("#sources li", has_text="211.txt").get_by_role("checkbox").check()
        expect(page.locator("#scope")).to_have_text("Asks 1 of 220 documents of news.")
        page.fill("#find", "")
        expect(page.locator("#sources li")).to_have_count(200)
        expect(page.locator("#scope")).to_have_text("Asks 1 of 220 documents of news.")
        visitor.ask("Who founded the bakery?")
        assert visitor.answer == "The article does not say."
        expect(page.locator("#sources .remove")).to_have_count(0)

        start = TEXT.index("It sells")
        source = id_of_document(str(archive / "210.txt"))
        page.goto("about:blank")
        page.goto(f"{visitor.live.origin}/#source={source}&quote={start}-{start + 27}")
        expect(page.locator("mark.active")).to_have_text("It sells 40 kinds of bread.")


@in_a_browser
class TestForEveryone:
    @pytest.mark.parametrize(
        ("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")], ids=["light", "dark", "phone"]
    )
    def test_axe_finds_nothing_serious(
        self, visit: Visit, article: Path, width: int, scheme: str, tmp_path: Path
    ) -> None:
        from axe_playwright_python.sync_playwright import Axe

        broken = tmp_path / "broken.pdf"
        broken.write_bytes(b"%PDF-1.4 no")
        second = written(tmp_path, "mill.txt", "The mill stands in Hilltown.")
        visitor = visit(article, second, broken, viewport={"width": width, "height": 800}, color_scheme=scheme)
        page = visitor.page
        visitor.ask("Who won the cup?")
        visitor.ask("Who founded the bakery?")
        page.locator(".detail summary").last.click()
        parts = ["chat", "article", "library"] if width < 720 else ["chat"]
        for part in parts:
            if len(parts) > 1:
                page.locator(f".views [data-view={part}]").click()
            found = Axe().run(page).response["violations"]
            assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found if v["impact"] in _GRAVE] == []

    def test_everything_can_be_reached_by_keyboard_and_is_seen_to_be(self, visit: Visit) -> None:
        visitor = visit(viewport={"width": 1280, "height": 800})
        page = visitor.page
        assert visitor.focused()["id"] == "question"
        page.keyboard.type("Who founded the bakery?")
        page.keyboard.press("Enter")
        expect(page.locator(".turn .citation")).to_be_visible()
        expect(page.locator("#conversations .entry")).to_be_visible()
        page.locator("#skip").focus()
        stops = []
        while (focused := visitor.focused())["tag"] != "BODY":
            assert focused["outline"] != "none", focused
            stops.append((focused["id"] or focused["class"] or focused["tag"]).split()[-1])
            page.keyboard.press("Tab")
        above = "skip library-toggle theme library add entry remove entry SUMMARY"
        assert stops == f"{above} article way new talk citation quote plain SUMMARY question ask".split()
        page.locator("body").press("/")
        assert visitor.focused()["id"] == "question"

    def test_with_less_room_the_library_opens_over_the_rest(self, visit: Visit) -> None:
        page = visit(viewport={"width": 900, "height": 700}).page
        expect(page.locator("#library")).to_be_hidden()
        page.locator("#library-toggle").press("Enter")
        expect(page.locator("#library-toggle")).to_have_attribute("aria-expanded", "true")
        page.locator("#add").press("Escape")
        expect(page.locator("#library")).to_be_hidden()
        expect(page.locator("#library-toggle")).to_be_focused()

    def test_what_comes_is_said_sentence_by_sentence(self, visit: Visit) -> None:
        visitor = visit()
        visitor.ask("Who founded the bakery?")
        spoken = visitor.page.locator("#spoken[aria-live=polite] p").all_text_contents()
        assert spoken[0] == "Maria Lopez founded it."
        assert re.fullmatch(r"1 quote\. .*, \d+ %\.", spoken[-1])

    def test_colours_are_chosen_and_remembered(self, visit: Visit) -> None:
        page = visit(color_scheme="light").page
        paper = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(paper)
        page.select_option("#theme", "dark")
        dark = page.evaluate(paper)
        assert dark != light
        page.reload()
        assert page.evaluate(paper) == dark
        page.select_option("#theme", "")
        assert page.evaluate(paper) == light

    def test_on_a_phone_one_part_is_shown_at_a_time(self, visit: Visit) -> None:
        visitor = visit(viewport={"width": 390, "height": 800})
        page = visitor.page
        visitor.ask("Who founded the bakery?")
        expect(page.locator("#article")).to_be_hidden()
        page.locator(".citation").click()
        expect(page.locator("mark.active")).to_be_visible()
        expect(page.locator("#chat")).to_be_hidden()
        page.locator(".way").click()
        expect(page.locator(".citation")).to_be_focused()
        assert page.evaluate("document.documentElement.scrollWidth") == 390

    def test_a_text_from_right_to_left_reads_so(self, visit: Visit) -> None:
        visitor = visit(Path(__file__).parents[1] / "languages" / "tune" / "notices" / "ar.txt")
        page = visitor.page
        assert page.evaluate("getComputedStyle(document.querySelector('#article-text p')).direction") == "rtl"
        assert page.locator("#article-text").get_attribute("lang") == "ar"
        visitor.ask("من مديرة المتحف؟")
        expect(page.locator("mark.active").first).to_contain_text("ليلى الحداد")
        assert page.evaluate("getComputedStyle(document.querySelector('.answer p')).direction") == "rtl"
        assert page.locator("#article-head").inner_text().endswith("ar.txt · Arabic · 126 words")
        # The number of a quote stands where the quote begins.
        places = "(s) => document.querySelector(s).getBoundingClientRect().x"
        assert page.evaluate(places, ".quote .number") > page.evaluate(places, ".quote q")
        visitor.ask("كم سعر الكهرباء في باريس؟")
        assert visitor.answer == "لا يذكر المقال ذلك."
        visitor.ask("عمّ يتحدث المقال؟")
        assert page.locator(".turn").last.locator(".answer p").count() == 5

    def test_a_text_without_spaces_is_counted_in_signs_and_its_sentences_stand_apart(self, visit: Visit) -> None:
        visitor = visit(Path(__file__).parents[1] / "languages" / "tune" / "notices" / "zh.txt")
        assert visitor.page.locator("#article-head").inner_text().endswith("zh.txt · Chinese · 285 characters")
        visitor.ask("这篇文章讲的是什么？")
        said = visitor.page.locator(".answer p").all_inner_texts()
        assert len(said) == 5
        assert all(re.search(r" \[\d\]。$", p) for p in said)
        visitor.ask("巴黎电价多少？")
        assert visitor.answer == "文章没有提到。"
        assert visitor.page.locator("#article-text").get_attribute("lang") == "zh"

    def test_twenty_megabytes_are_read_and_scrolled(self, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
        visitor = visit()
        page, sources = visitor.page, visitor.live.sources
        given = sources.text(next(sources.listed()).id)
        line = "The mill grinds, and the river turns its wheel. " * 6
        further = "".join(f"\n\nParagraph {n}. {line}" for n in range(66_000))
        long = msgspec.structs.replace(given, text=f"{given.text}{further}\n\nThe very end.")
        monkeypatch.setattr(sources, "text", lambda _: long)
        page.reload()
        # An expectation that has to wait describes the whole page for its message, and that takes long here.
        until(lambda: page.locator("#article-text:not([aria-busy]) > .block:nth-child(1001)").count() == 1)
        page.evaluate("document.querySelector('#article').scrollTop = 1e9")
        until(lambda: page.locator(".block:last-child > p:last-child").inner_text().endswith("The very end."))
        assert visitor.in_view(".block:last-child > p:last-child")
        laid_out = page.evaluate(
            """() => [...document.querySelectorAll('.block > p')]
              .filter((p) => p.checkVisibility({ contentVisibilityAuto: true })).length"""
        )
        assert laid_out < 200
        page.fill("#question", "Who founded the bakery?")
        page.press("#question", "Enter")
        until(lambda: page.locator(".turn .citation").count() == 1)
        page.locator(".citation").click()
        until(lambda: visitor.in_view("mark.active"))


_GRAVE = {"serious", "critical"}


@pytest.mark.real
@in_a_browser
def test_the_real_program_answers_beside_its_article(browser: Browser, seed: Path) -> None:
    around = {**os.environ, "QA_TOKEN": TOKEN}
    command = [str(Path(sys.executable).with_name("qa")), "serve", str(seed), "--port", "0", "--no-browser"]
    with subprocess.Popen(command, env=around, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout
            address = program.stdout.readline().strip()
            visitor = browsing.Visitor(browser.new_page(), None, address.partition("/#")[0])
            visitor.page.set_default_timeout(60_000)
            visitor.come(address)
            visitor.ask("How many people have died in the offensive?")
            expect(visitor.page.locator("mark.active")).to_contain_text("at 826, of whom 111 were civilians.")
            visitor.ask("What is the population of Aleppo?")
            assert visitor.answer == "The article does not say."
            assert visitor.problems == []
            visitor.page.close()
        finally:
            program.terminate()
