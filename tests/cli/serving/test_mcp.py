"""The command `qa mcp`: what it says before it serves, and what it does not load before it must."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = "import sys; sys.argv[0] = 'qa'; from qa.cli.main import main; main()"


def run(*arguments: str, before: str = "") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", before + RUN, *arguments], input="", capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("none.txt", "qa: none.txt: no such file or folder\n"),
        ("-", "qa: -: standard input belongs to the protocol here; give a file\n"),
    ],
)
def test_a_source_that_cannot_be_served_is_one_line(source: str, line: str) -> None:
    status, out, err = run("mcp", source)
    assert (status != 0, out, err) == (True, "", line)


def test_without_its_package_it_says_which_to_install(article: Path) -> None:
    status, out, err = run("mcp", str(article), before="import sys; sys.modules['mcp'] = None; ")
    assert (status, out, err) == (2, "", "qa: mcp is not installed; run `pip install 'article-qa[mcp]'`\n")


def test_help_loads_no_server() -> None:
    heavy = "{'mcp', 'fastapi', 'uvicorn', 'starlette', 'pydantic'}"
    after = f"import atexit, sys; atexit.register(lambda: print({heavy} & sys.modules.keys())); "
    status, out, _ = run("--help", before=after)
    assert status == 0
    assert out.endswith("set()\n")
