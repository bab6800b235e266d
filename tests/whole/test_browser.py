"""The HTML export in a real browser, with a hostile article. `.ci/run` installs Chromium where it can."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from qa.conversation.export import save
from qa.types import Answer, Citation, Document, Models
from tests.serving import Listener, serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium; install it to try the HTML export in it"),
]
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --disable-quic"
).split()


@pytest.fixture
def elsewhere() -> Iterator[str]:
    Listener.asked = []
    with serving(Listener) as address:
        yield address


class Page(HTMLParser):
    def __init__(self, dom: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(dom)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def attacks(elsewhere: str) -> str:
    return "\n".join(
        [
            f'<script src="{elsewhere}/script"></script>',
            "<script>document.title='owned';document.body.innerHTML='owned'</script>",
            f"<img src=x onerror=\"document.title='owned'\"><img src='{elsewhere}/image'>",
            f'</aside></body><iframe src="{elsewhere}/frame"></iframe>',
            f"<style>@import url('{elsewhere}/style');body{{display:none}}</style>",
            f'<link rel=stylesheet href="{elsewhere}/link"><base href="{elsewhere}/">',
            f'"><svg onload=fetch("{elsewhere}/svg")><a href="javascript:document.title=1">x</a>',
            f'<meta http-equiv="refresh" content="0;url={elsewhere}/meta"><form action="{elsewhere}/form">',
            "&lt;script&gt;document.title='owned'&lt;/script&gt; \N{RIGHT-TO-LEFT OVERRIDE}gnp.exe [1]",
        ]
    )


def test_a_hostile_article_is_only_text(tmp_path: Path, elsewhere: str) -> None:
    hostile = attacks(elsewhere)
    document = Document.from_text(f'{hostile[:40]}".txt', f"It opened in 1990.\n\n{hostile}\n\nThe end.")
    start = document.text.index(hostile)
    citation = Citation(
        1, document.source, document.sha256, start, start + len(hostile), hostile, 0, len(document.text), title=hostile
    )
    answer = Answer(hostile, hostile, "answered", f"{hostile} [1].", (citation,), 0.9, Models("e", "g"))
    file = tmp_path / "page.html"
    save(file, [answer], [document])
    done = subprocess.run(
        [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=2000", "--dump-dom",
         file.as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    page = Page(done.stdout)
    names = {tag for tag, _ in page.tags}
    assert names <= set("html head meta title style body main aside div h1 h2 p span a blockquote br mark".split())
    assert "<title>Conversation</title>" in done.stdout
    assert page.text.count("document.title='owned'") >= 5  # shown, not run
    links = [a["href"] or "" for tag, a in page.tags if tag == "a"]
    marks = [f"#{a['id']}" for tag, a in page.tags if tag == "mark" and a.get("id")]
    assert set(links) == set(marks)
    assert Listener.asked == []
