"""The page in a real browser: a server of fakes to look at, and a visitor who asks, points and looks."""

from __future__ import annotations

import re
import shutil
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from qa.answering.assistant import Assistant
from qa.answering.parts import Parts
from qa.answering.prompts import load_prompts
from qa.protocols import Generator
from qa.server.access import Hosts, Tokens
from qa.server.app import create_app
from qa.server.conversations import Conversations
from qa.server.desk import Desk
from qa.server.library.collected import Collected
from qa.server.library.sources import Sources
from qa.server.metrics import Metrics
from qa.server.routing import Service
from qa.settings import Settings
from qa.types import Reading
from tests.conftest import FakeEmbedder, FakeGenerator, FakeReader
from tests.server.conftest import TOKEN, until

expect.set_options(timeout=30_000)  # a machine under load is slow, and a wait that succeeds costs nothing
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
# What the fake reader looks for, by a word of the question.
FINDS = {"founded": "Maria Lopez", "kinds": "40 kinds of bread", "stand": "Hilltown", "من": "ليلى الحداد"}
HOLD = "Hold"  # a question that begins so is read until it is let go


class AskedReader(FakeReader):
    """Finds what the question asks for, and nothing where it knows no word of it."""

    def __init__(self) -> None:
        super().__init__("")
        self.held, self.going = threading.Event(), threading.Event()

    def read(self, question: str, texts: Sequence[str]) -> list[tuple[Reading, ...]]:
        if question.startswith(HOLD):
            self.held.set()
            self.going.wait(20)
        phrase = next((found for word, found in FINDS.items() if word in question), "\0")
        return FakeReader(phrase).read(question, texts)


@dataclass
class Live:
    """A server that runs; ``address`` has the token in its fragment."""

    origin: str
    reader: AskedReader
    sources: Sources
    metrics: Metrics
    server: uvicorn.Server
    thread: threading.Thread

    @property
    def address(self) -> str:
        return f"{self.origin}/#token={TOKEN}"

    def stop(self) -> None:
        self.reader.going.set()
        self.server.should_exit = True
        self.thread.join(10)


@contextmanager
def live(
    settings: Settings, *files: Path, generator: Generator | None = None, waiting: int = 16, collection: str = ""
) -> Iterator[Live]:
    """Serve ``files``, or a collection, with fakes at a free port."""
    bound = socket.create_server(("127.0.0.1", 0))
    port = bound.getsockname()[1]
    metrics, reader, embedder = Metrics(), AskedReader(), FakeEmbedder()
    sources = Collected(settings, embedder, collection) if collection else Sources(settings, embedder)
    said = generator or FakeGenerator(*["Maria Lopez founded it [1]."] * 99)
    parts = Parts(FakeEmbedder(), said, load_prompts(), reader)
    assistant = Assistant((), settings, parts, corpus=sources.corpus(parts.embedder))
    desk = Desk([assistant], metrics, waiting=waiting)
    service = Service(desk, sources, Conversations(settings), metrics, settings)
    app = create_app(service, tokens=Tokens(TOKEN, port), hosts=Hosts("127.0.0.1", port))
    config = uvicorn.Config(app, http="h11", ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="page-server")
    sources.start([str(f) for f in files])
    desk.start()
    thread.start()
    running = Live(f"http://127.0.0.1:{port}", reader, sources, metrics, server, thread)
    try:
        until(lambda: server.started and sources.settled())
        yield running
    finally:
        running.stop()
        desk.close(5.0)
        sources.close()
        bound.close()


@contextmanager
def browsing() -> Iterator[Browser]:
    """Start the browser of the distribution."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """Somebody with a page open; ``problems`` are scripts that failed, breaches of the policy, requests elsewhere."""

    page: Page
    server: Live | None
    origin: str
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._asked)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("console", lambda message: self._told(message.type, message.text))
        self.page.on("dialog", lambda dialog: self.problems.append(f"dialog: {dialog.message}"))
        # A breach is also told to the console, but not by every browser.
        self.page.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => console.error(`violation: ${e.violatedDirective}`))"
        )

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", f"blob:{self.origin}/")):
            self.problems.append(f"request: {request.url}")

    def _told(self, kind: str, text: str) -> None:
        # A status of an error is told too; whether the page deals with it is for a test to see.
        if kind in {"error", "warning"} and not text.startswith("Failed to load resource"):
            self.problems.append(f"console: {text}")

    @property
    def live(self) -> Live:
        assert self.server
        return self.server

    def come(self, address: str) -> None:
        self.page.goto(address)
        expect(self.page.locator("#panes")).to_be_visible()
        expect(self.page.locator(".block").first).to_be_attached()

    def ask(self, question: str) -> None:
        before = self.page.locator(".turn").count()
        self.page.fill("#question", question)
        self.page.press("#question", "Enter")
        expect(self.page.locator(".turn")).to_have_count(before + 1)
        expect(self.page.locator("#ask")).to_be_visible()

    @property
    def answer(self) -> str:
        return self.page.locator(".turn").last.locator(".answer").inner_text()

    def marked(self, number: int) -> str:
        """Return what is marked as quote ``number``, its pieces one after the other."""
        marks = f"mark[data-numbers~='{number}']"
        return "".join(self.page.locator(marks).all_text_contents())

    def before(self, number: int) -> str:
        """Return what stands in front of quote ``number`` in its paragraph, without the page's own buttons."""
        text: str = self.page.evaluate(
            """(number) => {
              const mark = document.querySelector(`mark[data-numbers~='${number}']`);
              const before = [];
              for (let node = mark.previousSibling; node; node = node.previousSibling) {
                if (node.nodeName !== 'BUTTON') before.unshift(node.textContent);
              }
              return before.join('');
            }""",
            number,
        )
        return text

    def in_view(self, selector: str) -> bool:
        """Tell whether an element stands inside the pane that scrolls around it."""
        seen: bool = self.page.evaluate(
            """(selector) => {
              const place = document.querySelector(selector).getBoundingClientRect();
              const pane = document.querySelector(selector).closest('#article, #talk').getBoundingClientRect();
              return place.bottom > pane.top && place.top < pane.bottom;
            }""",
            selector,
        )
        return seen

    def focused(self) -> Mapping[str, str]:
        found: dict[str, str] = self.page.evaluate(
            """() => {
              const focused = document.activeElement;
              const outline = getComputedStyle(focused).outlineStyle;
              return { ...focused.dataset, id: focused.id, class: focused.className, tag: focused.tagName, outline };
            }"""
        )
        return found


def fragment(page: Page) -> dict[str, str]:
    """Read the fragment of the page's address."""
    return dict(re.findall(r"[#&]([a-z]+)=([^&]*)", page.url))
