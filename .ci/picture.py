"""Draws docs/chat.svg: the screen after a conversation with the real program about the article in seeds/."""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.style import Style
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.terminal import CTRL_D, ENTER, Terminal  # noqa: E402

COLUMNS, ROWS = 96, 40
SAID = ("Who leads the offensive?", "How many people have died in it?", "/cite 1", "What is the population of Aleppo?")


def main() -> None:
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as home:
        around = {k: v for k, v in os.environ.items() if not k.startswith("QA_") and k != "NO_COLOR"}
        around |= {"QA_HOME": home, "TERM": "xterm-256color"}
        terminal = Terminal([str(Path(sys.executable).with_name("qa")), "chat"], around, columns=COLUMNS, rows=ROWS)
        terminal.wait_for(lambda shown: shown.endswith("\n>"))
        for line in SAID:
            terminal.send(line + ENTER)
            terminal.wait_for(lambda shown, line=line: shown.endswith(">") and line in shown)
        drawn = terminal.styled()
        terminal.send(CTRL_D)
        terminal.end()
    console = Console(record=True, width=COLUMNS, force_terminal=True, color_system="truecolor", file=io.StringIO())
    for row in drawn:
        console.print(Text.assemble(*((piece, style_of(*look)) for piece, look in row)), soft_wrap=True)
    # The font that the template names would be fetched from somewhere else.
    template = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    console.save_svg(str(ROOT / "docs" / "chat.svg"), title="qa chat", code_format=template)


def style_of(colour: str, bold: bool, reverse: bool) -> Style:  # noqa: FBT001
    named = None if colour == "default" else colour if not re.fullmatch("[0-9a-f]{6}", colour) else f"#{colour}"
    return Style(color="yellow" if named == "brown" else named, bold=bold, reverse=reverse)


if __name__ == "__main__":
    main()
