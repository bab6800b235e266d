"""Articles, names, titles, questions and conversations that attack the page: nothing runs, nothing leaves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.settings import Settings
from tests.server import browsing
from tests.server.conftest import until
from tests.serving import Listener, serving
from tests.whole.test_browser import attacks

if browsing.CHROMIUM is None:
    pytest.skip("there is no Chromium; install it to try the page in it", allow_module_level=True)

from playwright.sync_api import Browser, expect

NAME = "<img src=x onerror=alert(1)> \N{RIGHT-TO-LEFT OVERRIDE}gnp.txt"
TEMPLATES = "{{constructor.constructor('alert(1)')()}} ${alert(1)} <%= alert(1) %> javascript:alert(1) data:text/html,x"


@pytest.fixture
def elsewhere() -> Iterator[str]:
    Listener.asked = []
    with serving(Listener) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.browsing() as started:
        yield started


def test_nothing_of_a_hostile_article_runs_and_nothing_leaves(
    browser: Browser, settings: Settings, tmp_path: Path, elsewhere: str
) -> None:
    hostile = f"{attacks(elsewhere)}\n{TEMPLATES}"
    first = hostile.splitlines()[1]  # its title
    article = tmp_path / NAME
    article.write_text(f"# {first}\n\nMaria Lopez {TEMPLATES} founded {hostile}\n\nThe end.", encoding="utf-8")
    page_file = tmp_path / "titled.html"
    page_file.write_text(
        "<html><head><title>&lt;script&gt;alert(1)&lt;/script&gt;</title>"
        "<meta name=author content='&lt;b onclick=x&gt;'>"
        f"</head><body><article><p>Words of a page. {'More of them. ' * 30}</p></article></body></html>",
        encoding="utf-8",
    )
    with browsing.live(settings, article, page_file) as server:
        context = browser.new_context()
        visitor = browsing.Visitor(context.new_page(), server, server.origin)
        page = visitor.page
        visitor.come(server.address)
        visitor.ask(f"Who founded {first}?")
        expect(page.locator("mark.active").first).to_be_visible()
        page.locator(".detail summary").click()
        page.locator(".citation").first.click()
        page.set_input_files("#files", {"name": NAME, "mimeType": "text/html", "buffer": hostile.encode()})
        expect(page.locator("#sources li")).to_have_count(3)
        page.locator("#sources .entry").nth(1).click()
        expect(page.locator("#article-head")).to_contain_text("alert(1)")
        page.reload()
        expect(page.locator(".turn")).to_be_visible()
        until(lambda: page.locator("#conversations .entry").count() == 1)

        shown = page.locator("body").inner_text()
        assert "onerror=alert(1)" in shown
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in page.locator("body").text_content()  # type: ignore[operator]
        assert "document.title='owned'" in shown
        made = page.evaluate("[...new Set([...document.querySelectorAll('*')].map((e) => e.localName))].sort()")
        assert not {"img", "iframe", "svg", "object", "embed", "base", "style", "font"} & set(made)
        assert page.locator("script").count() == 2
        links = page.evaluate("[...document.querySelectorAll('a')].map((a) => new URL(a.href).origin)")
        assert set(links) == {server.origin}
        expect(page).to_have_title(re.compile(" – Article QA$"))
        context.close()
    assert visitor.problems == []
    assert Listener.asked == []


def test_addresses_that_were_made_by_others_do_no_harm(browser: Browser, settings: Settings, article: Path) -> None:
    with browsing.live(settings, article) as server:
        context = browser.new_context()
        visitor = browsing.Visitor(context.new_page(), server, server.origin)
        page = visitor.page
        visitor.come(server.address)
        for fragment in (
            "source=../../etc/passwd&cite=1.1",
            "source=x&quote=99999999999-1",
            "conversation=%3Cscript%3Ealert(1)%3C/script%3E",
            "conversation=../sources",
            "cite=__proto__.constructor",
        ):
            page.goto("about:blank")
            page.goto(f"{server.origin}/#{fragment}")
            expect(page.locator("#article-text p").first).to_be_visible()
        page.goto("about:blank")
        page.goto(f"{server.origin}/#token=%00%0d%0aX: y")
        expect(page.locator("#entrance")).to_be_visible()
        context.close()
    assert visitor.problems == []
