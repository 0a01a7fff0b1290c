"""Counts the instructions that decoding, deciding and adding up take, without a clock.

    python tests/bench/instructions.py            # compares with instructions.json
    python tests/bench/instructions.py --write    # writes it

The count is the same in every run of one binary on one kind of machine, whatever else it does, so
that a change of one per cent shows. It needs valgrind.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import payloads

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = Path(__file__).resolve().parent / "instructions.json"
SCENARIOS = {
    "mix-100": ["open", "count"],
    "mix-700": ["open", "count"],
    "mix-1400": ["open", "count"],
    "mix-2200-raw": ["open", "count"],
    "bounces-6mb": ["count", "decide"],
    "complaints-1000": ["count", "decide"],
}
TOLERANCE = 0.02


def build() -> Path:
    """Builds the program that is counted, with the profile of a release, and returns it."""
    command = ["cargo", "build", "--locked", "--release", "--package", "warden-domain", "--example", "instructions"]
    subprocess.run(command, cwd=ROOT, check=True)
    return ROOT / "target/release/examples/instructions"


def counted(program: Path, file: Path, times: int, what: str) -> int:
    """Returns the instructions of one run."""
    valgrind = shutil.which("valgrind")
    assert valgrind, "this counts instructions with valgrind; on Debian: apt-get install valgrind"
    command = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", str(program), str(file), str(times), what]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"Collected : (\d+)", run.stderr)
    assert found, run.stderr
    return int(found[1])


def measure(program: Path) -> dict[str, int]:
    """Returns the instructions a record by scenario; starting the program is left out."""
    found = {}
    invocations = payloads.scenarios()
    with tempfile.TemporaryDirectory() as folder:
        for name, kinds in SCENARIOS.items():
            file = Path(folder) / f"{name}.json"
            file.write_text(invocations[name], encoding="utf-8")
            records = invocations[name].count("receiptHandle")
            for what in kinds:
                cost = counted(program, file, 1, what) - counted(program, file, 0, what)
                found[f"{name} {what}"] = round(cost / records)
    return found


def main() -> None:
    """Compares or writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    found = measure(build())
    if arguments.write:
        COMMITTED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    worse = False
    for name, count in found.items():
        change = count / committed[name] - 1
        worse |= change > TOLERANCE
        print(f"{name:28} {count:9,} a record  {change:+.1%}")
    if worse:
        sys.exit("more than 2 % above instructions.json: mend it, or write the file anew and say why")


if __name__ == "__main__":
    main()
