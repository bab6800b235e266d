"""Draws docs/page.png: the page of `qa serve`, the real program, after two questions about the article in seeds/."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.server.browsing import Visitor, browsing  # noqa: E402

SAID = ("What is the population of Aleppo?", "How many people have died in the offensive?")
SIZE = {"width": 1200, "height": 720}


def main() -> None:
    with tempfile.TemporaryDirectory() as home, browsing() as browser:
        around = {k: v for k, v in os.environ.items() if not k.startswith("QA_")} | {"QA_HOME": home}
        command = [str(Path(sys.executable).with_name("qa")), "serve", "--port", "0", "--no-browser"]
        with subprocess.Popen(command, cwd=ROOT, env=around, stdout=subprocess.PIPE, text=True) as program:
            try:
                assert program.stdout
                address = program.stdout.readline().strip()
                visitor = Visitor(browser.new_page(viewport=SIZE), None, address.partition("/#")[0])
                visitor.come(address)
                for question in SAID:
                    visitor.ask(question)
                visitor.page.wait_for_timeout(1000)  # it scrolls to the quote
                visitor.page.screenshot(path=ROOT / "docs" / "page.png")
            finally:
                program.terminate()


if __name__ == "__main__":
    main()
