"""Writes the licences and the bill of materials of .venv to .cache/audit/, and looks for known vulnerabilities."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".cache" / "audit"
BIN = Path(sys.executable).parent
# Licences that ask more of who passes the product on than to name its authors; LGPL is a library's own affair.
NOT_OURS = ("AGPL", "GPL-3", "GPLv3", "GPLv2", "GPL-2", "SSPL", "Commons Clause")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    listed = run("pip-licenses", "--format=json", "--from=mixed", "--with-urls").stdout
    (FOLDER / "licences.json").write_text(listed, encoding="utf-8")
    licences = json.loads(listed)
    strange = [p for p in licences if any(n in p["License"] for n in NOT_OURS) and "LGPL" not in p["License"]]
    print(f"licences: {len(licences)} packages, in {FOLDER / 'licences.json'}")
    for package in strange:
        print(f"  look at {package['Name']} {package['Version']}: {package['License']}")
    run("cyclonedx-py", "environment", "--of", "JSON", "-o", FOLDER / "sbom.json", sys.executable)
    components = json.loads((FOLDER / "sbom.json").read_text(encoding="utf-8"))["components"]
    print(f"bill of materials: {len(components)} components, CycloneDX, in {FOLDER / 'sbom.json'}")
    audited = run("pip-audit", "--local", "--skip-editable", "--progress-spinner=off", "--format=json", check=False)
    if not audited.stdout.strip():
        sys.exit(f"audit: the list of vulnerabilities cannot be reached: {audited.stderr.strip().splitlines()[-1]}")
    looked_at = json.loads(audited.stdout)["dependencies"]
    known = [(p["name"], p["version"], v["id"]) for p in looked_at for v in p.get("vulns", [])]
    skipped = sum("skip_reason" in p for p in looked_at)
    print(
        f"vulnerabilities: {len(known)} known, in {len(looked_at) - skipped} packages; {skipped} could not be looked up"
    )
    for name, version, number in known:
        print(f"  {name} {version}: {number}")
    if known or skipped == len(looked_at):
        sys.exit("audit: there are known vulnerabilities, or nothing could be looked up")


def run(*command: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(BIN / str(command[0])), *map(str, command[1:])], capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        sys.exit(f"audit: {command[0]} failed: {done.stderr.strip().splitlines()[-1]}")
    return done


if __name__ == "__main__":
    main()
