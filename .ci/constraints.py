"""Writes constraints.txt: every package that pyproject.toml brings, pinned for all Pythons and systems it supports.

torch keeps the version that is pinned now (change it by hand: its builds without CUDA come from another index), and
packages of CUDA are left out.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / ".ci" / "constraints.txt"
LEFT_OUT = ("nvidia-", "cuda-", "triton", "pip")
HEAD = "# Written by `make constraints`; edit pyproject.toml instead. Only torch's version is changed here by hand.\n"


def main() -> None:
    torch = re.search(r"(?m)^torch==.*$", CONSTRAINTS.read_text(encoding="utf-8"))
    if not torch:
        sys.exit("constraints: constraints.txt has no line torch==VERSION")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as kept:
        kept.write(torch.group() + "\n")
        kept.flush()
        extras = [part for extra in ("bundled", "dev", "train", "torture", "audit") for part in ("--extra", extra)]
        resolved = subprocess.run(
            [
                Path(sys.executable).with_name("uv"),
                "pip",
                "compile",
                "--quiet",
                "--universal",
                "--python-version",
                "3.10",
                *extras,
                "--no-annotate",
                "--no-header",
                "-c",
                kept.name,
                ROOT / "pyproject.toml",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    if resolved.returncode:
        sys.exit(f"constraints: cannot be resolved: {resolved.stderr.strip()}")
    lines = [line for line in resolved.stdout.splitlines() if not line.startswith(LEFT_OUT)]
    CONSTRAINTS.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
