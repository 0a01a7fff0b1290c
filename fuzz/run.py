"""Fuzzes each target for so many minutes of CPU: ``fuzz/run.py --minutes 30 [TARGET ...]``.

One target after the other, at the lowest priority. Prints what was run, and ends with 1 after a
crash, whose input is then in ``fuzz/artifacts``.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from seeds import CORPUS, ROOT, SEEDS, write

FUZZ = ROOT / "fuzz"
# Longest input, in bytes: what a message, an export or a batch of records needs to be interesting.
LONGEST = {"payload": 65_536, "eml": 65_536, "export": 16_384}
LONGEST_ELSE = 4096
# Seconds after which one input counts as one that hangs.
HANGS = 20
LOOK_SECONDS = 2
TICKS = os.sysconf("SC_CLK_TCK")
# Our code has no unsafe block, so there is nothing for a sanitizer to find; the instrumentation for
# coverage works on a stable compiler that is asked to accept it.
BUILD = ["cargo", "fuzz", "build", "--fuzz-dir", str(FUZZ), "--sanitizer", "none"]
STATUS = re.compile(r"#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)/")


@dataclass
class Figures:
    """What a run of one target came to."""

    target: str
    cpu_minutes: float
    executions: int
    coverage: int
    features: int
    inputs: int
    crashes: int

    def row(self) -> str:
        return (
            f"| `{self.target}` | {self.cpu_minutes:.1f} | {self.executions:,} | {self.coverage:,} | "
            f"{self.features:,} | {self.inputs:,} | {self.crashes} |"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1, help="CPU minutes of each target")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"any of {', '.join(SEEDS)}; all if left out")
    arguments = parser.parse_args()
    unknown = set(arguments.targets) - SEEDS.keys()
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    environment = {**os.environ, "RUSTC_BOOTSTRAP": "1"}
    subprocess.run(BUILD, env=environment, cwd=ROOT, check=True)
    host = next(line for line in subprocess.check_output(["rustc", "-vV"], text=True).splitlines() if line.startswith("host:"))
    programs = FUZZ / "target" / host.removeprefix("host: ") / "release"
    done = []
    for target in arguments.targets or SEEDS:
        done.append(run(target, programs / target, arguments.minutes))
        print(done[-1].row(), flush=True)
    print("\n| target | CPU minutes | executions | edges covered | features | inputs kept | crashes |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    print("\n".join(figures.row() for figures in done))
    return 1 if any(figures.crashes for figures in done) else 0


def run(target: str, program: Path, minutes: float) -> Figures:
    """Runs one target until it has used its time or has crashed."""
    corpus, artifacts = write(target), FUZZ / "artifacts" / target
    artifacts.mkdir(parents=True, exist_ok=True)
    before = set(artifacts.iterdir())
    log = CORPUS / f"{target}.log"
    command = [
        str(program), str(corpus), f"-artifact_prefix={artifacts}/", f"-max_len={LONGEST.get(target, LONGEST_ELSE)}",
        f"-timeout={HANGS}", "-rss_limit_mb=2048", "-print_final_stats=1",
    ]  # fmt: skip
    with log.open("wb") as output:
        fuzzer = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, preexec_fn=lambda: os.nice(19))
        used = 0.0
        while fuzzer.poll() is None:
            used = cpu_seconds(fuzzer.pid) or used
            if used >= minutes * 60:
                fuzzer.send_signal(signal.SIGINT)
                fuzzer.wait()
                break
            time.sleep(LOOK_SECONDS)
    lines = [found for line in log.read_text(errors="replace").splitlines() if (found := STATUS.search(line))]
    executions, coverage, features, inputs = (int(number) for number in lines[-1].groups()) if lines else (0, 0, 0, 0)
    final = re.search(r"stat::number_of_executed_units:\s+(\d+)", log.read_text(errors="replace"))
    crashes = len(set(artifacts.iterdir()) - before)
    return Figures(target, used / 60, int(final[1]) if final else executions, coverage, features, inputs, crashes)


def cpu_seconds(process: int) -> float | None:
    """Returns the CPU time of a process so far; None if it has ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    sys.exit(main())
