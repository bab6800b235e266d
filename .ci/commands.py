"""Keeps the help texts in README.md equal to what `qa --help` prints. With --check, only tells whether they are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"(<!-- help: (?P<command>[a-z ]*)-->\n```\n).*?(```\n)", re.DOTALL)


def help_of(command: str) -> str:
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    shown = subprocess.run(
        [Path(sys.executable).with_name("qa"), *command.split(), "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return "\n".join(line.rstrip() for line in shown.stdout.strip().splitlines()) + "\n"


def main() -> None:
    text = README.read_text(encoding="utf-8")
    made = BLOCK.sub(lambda m: m.group(1) + help_of(m.group("command")) + m.group(3), text)
    if "--check" in sys.argv[1:]:
        if made != text:
            sys.exit("README.md: the help texts are not those of the program; run `make readme`")
    else:
        README.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
