"""Writes docs/commands.md from the help of every command.

With --check nothing is written: it fails if the page is out of date, the README is too long or a link leads nowhere.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from qa.cli.main import app  # noqa: E402

PAGE = ROOT / "docs" / "commands.md"
README_CHARACTERS = 12_000
WIDTH = 78  # what `qa --help` takes on a terminal of 80 columns or more
HEAD = """# Commands

What `qa COMMAND --help` prints, for every command. `make docs` writes this page; do not edit it.
"""
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
HEADING = re.compile(r"^#{1,6} +(.+?)[ #]*$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def main() -> None:
    page = HEAD + "".join(helps())
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page, encoding="utf-8")
        return
    problems = list(broken_links())
    if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page:
        problems.append(f"{PAGE.relative_to(ROOT)}: not the help of the program; run `make docs`")
    if (length := len((ROOT / "README.md").read_text(encoding="utf-8"))) > README_CHARACTERS:
        problems.append(f"README.md: {length:,} characters, the limit is {README_CHARACTERS:,}; move text to docs/")
    if problems:
        sys.exit("\n".join(problems))


def helps() -> Iterator[str]:
    """Make a section for each command, the ones that hold others before those."""
    for path, text in walk(typer.main.get_command(app), ["qa"]):
        shown = "\n".join(line.rstrip() for line in text.strip().splitlines())
        yield f"\n## {path}\n\n<!-- help: {path.removeprefix('qa').strip()} -->\n```\n{shown}\n```\n"


def walk(command: Any, path: list[str], parent: Any = None) -> Iterator[tuple[str, str]]:
    context = command.make_context(path[-1], [], parent=parent, resilient_parsing=True, terminal_width=WIDTH)
    yield " ".join(path), command.get_help(context)
    for name, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield from walk(inner, [*path, name], context)


def broken_links() -> Iterator[str]:
    """Look for each relative link's file, and for the heading that its anchor names."""
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))):
        for link in LINK.findall(CODE.sub("", prose(page))):
            name, _, anchor = link.partition("#")
            target = page.parent / name if name else page
            if ":" in name:
                continue
            if not target.exists():
                yield f"{page.relative_to(ROOT)}: {link}: no such file"
            elif anchor and anchor not in anchors(target):
                yield f"{page.relative_to(ROOT)}: {link}: no such heading"


def anchors(page: Path) -> set[str]:
    """Name the headings of a page as GitHub does; of two that are the same, the second gets -1."""
    found: dict[str, int] = {}
    for heading in HEADING.findall(prose(page)):
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = found[name] = found.get(name, -1) + 1
        if number:
            found[f"{name}-{number}"] = 0
    return set(found)


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
