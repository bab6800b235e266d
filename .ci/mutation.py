"""Changes the checker and the citations in small ways, and counts how many changes their tests notice.

pyproject.toml says what is changed, and which tests are run. All of it happens in .cache/mutation, in a fresh copy of
the tracked files. Fails if too few changes are noticed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".cache" / "mutation"
MUTMUT = Path(sys.executable).with_name("mutmut")
LEAST = 0.85
NOTICED = ("killed", "timeout")


def main() -> None:
    copy_tracked()
    ran = mutmut("run")
    if ran.returncode:
        sys.exit(f"mutation: mutmut failed:\n{(ran.stdout + ran.stderr)[-2000:]}")
    # A line each: the name of the change, and what became of it.
    results = dict(line.strip().split(": ") for line in mutmut("results", "--all", "true").stdout.splitlines())
    missed = {name: status for name, status in results.items() if status not in NOTICED}
    for name, status in missed.items():
        print(f"  {name}" + ("" if status == "survived" else f" ({status})"))
    if missed:
        print(f"  to see one: cd {FOLDER.relative_to(ROOT)} && {os.path.relpath(MUTMUT, FOLDER)} show NAME")
    share = 1 - len(missed) / len(results)
    print(
        f"mutation: {share:.1%} of {len(results)} changes noticed; {len(missed)} not, listed above; least {LEAST:.0%}"
    )
    sys.exit(share < LEAST)


def copy_tracked() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.split("\0"):
        if (ROOT / name).is_file():
            (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, FOLDER / name)


def mutmut(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([MUTMUT, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    main()
