"""Measures the functions beside what they replace, in one run, and writes a report.

    make bench            # or, with everything built:
    python tests/bench/bench.py --out target/bench

Every round starts each program anew, in an order that rotates, and a figure is the median over the
rounds. Machines differ and change their speed, so that only figures of one run compare; what is
committed in docs/PERFORMANCE.md are ratios.
"""

import argparse
import io
import json
import platform
import statistics
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import payloads
import report
from fake_aws import FakeAws
from runtime_api import Process, RuntimeApi, environment

ROOT = Path(__file__).resolve().parents[2]
RIVALS = Path(__file__).resolve().parent / "rivals"
BATCHES = ["mix-1", "mix-100", "mix-700", "mix-1400", "mix-2200-raw", "bounces-6mb", "complaints-1000"]
WARM = 20


@dataclass(frozen=True)
class Program:
    """One competitor."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    batches: bool = True
    zipped: tuple[Path, ...] = ()


def programs(release: Path, python: str, node: Path) -> list[Program]:
    """Returns the functions and their rivals."""
    binary = lambda name: [str(release / name)]  # noqa: E731
    module = [python, "-m", "awslambdaric", "handler.handle"]
    in_python = {"PYTHONPATH": str(RIVALS / "python")}
    script, bundle = RIVALS / "python/handler.py", node / "index.mjs"

    return [
        Program("floor", binary("bench-floor"), zipped=(release / "bench-floor",)),
        Program("metrics", binary("metrics"), zipped=(release / "metrics",)),
        Program("suppress", binary("suppress"), batches=False, zipped=(release / "suppress",)),
        Program("guard", binary("guard"), guard_environment(), batches=False, zipped=(release / "guard",)),
        Program("python", module, in_python, zipped=(script,)),
        Program("python-orjson", module, in_python | {"RIVAL_JSON": "orjson"}, zipped=(script,)),
        Program("python-put", module, in_python | {"RIVAL_PUT": "on"}, zipped=(script,)),
        Program("node", ["node", str(bundle)], zipped=(bundle,)),
        Program("node-put", ["node", str(bundle)], {"RIVAL_PUT": "on"}, zipped=(bundle,)),
    ]


def guard_environment() -> dict[str, str]:
    """Returns the settings without which guard does not start."""
    return {
        "WARDEN_ALARM_PREFIX": "bench/",
        "WARDEN_OPERATOR_TOPIC_ARN": "arn:aws:sns:eu-central-1:111122223333:operators",
        "WARDEN_JOURNAL_TABLE": "journal",
    }


class Figures:
    """What was measured: program, measure and scenario, each with a value a round."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], list[float]] = {}

    def add(self, program: str, measure: str, value: float) -> None:
        """Adds a round's value."""
        self.values.setdefault((program, measure), []).append(value)

    def medians(self) -> dict[str, dict[str, float]]:
        """Returns the medians by program and measure."""
        found: dict[str, dict[str, float]] = {}
        for (program, measure), values in self.values.items():
            found.setdefault(program, {})[measure] = statistics.median(values)
        return found


def measure(program: Program, invocations: dict[str, bytes], out: Path, figures: Figures) -> None:
    """Starts a program once and takes all its figures."""
    aws, api = FakeAws(), RuntimeApi()
    process = Process(api, program.command, environment(api, aws.url, program.environment), out / f"{program.name}.log")
    try:
        start = process.start()
        figures.add(program.name, "start cpu", start.cpu)
        figures.add(program.name, "start wall", start.wall)
        figures.add(program.name, "start memory", process.peak_memory())
        if program.name == "guard":
            return
        figures.add(program.name, "first record", process.invoke(numbered(invocations["mix-1"], 0)).cpu)
        warm = [process.invoke(numbered(invocations["mix-1"], 1 + n)).cpu for n in range(WARM)]
        figures.add(program.name, "warm record", statistics.median(warm))
        if not program.batches:
            return
        for batch in BATCHES[1:]:
            # The first one warms up what adapts; each event is a new one, as in real traffic.
            process.invoke(numbered(invocations[batch], 100))
            aws.calls.clear()
            cost = process.invoke(numbered(invocations[batch], 101))
            figures.add(program.name, batch, cost.cpu)
            figures.add(program.name, f"{batch} calls", aws.calls["PutMetricData"])
            if batch == "bounces-6mb":
                figures.add(program.name, "peak memory", process.peak_memory())
    finally:
        process.stop()
        api.server.shutdown()
        aws.server.shutdown()


def numbered(invocation: bytes, turn: int) -> bytes:
    """Returns the invocation with message ids of its own, since metrics counts an event once."""
    return invocation.replace(b"0107019a2b3c4d5e-", f"0107019a{turn:08x}-".encode())


def zip_size(files: Iterable[Path]) -> int:
    """Returns the size of a zip of these files, in bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in files:
            archive.write(file, file.name)
    return len(packed.getvalue())


def main() -> None:
    """Measures and reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "target/bench")
    parser.add_argument("--release", type=Path, default=ROOT / "target/release")
    parser.add_argument("--node", type=Path, default=ROOT / "target/bench/node")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="*", help="programs to measure; all where none is named")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    contenders = programs(arguments.release, sys.executable, arguments.node)
    if arguments.only:
        contenders = [program for program in contenders if program.name in arguments.only]
    invocations = {name: text.encode() for name, text in payloads.scenarios().items()}
    figures = Figures()
    for turn in range(arguments.rounds):
        for place in range(len(contenders)):
            program = contenders[(place + turn) % len(contenders)]
            print(f"round {turn + 1} of {arguments.rounds}: {program.name}", file=sys.stderr)
            measure(program, invocations, arguments.out, figures)
    medians = figures.medians()
    for program in contenders:
        medians[program.name]["zip"] = zip_size(program.zipped) / 1e6
    records = {name: text.count(b"receiptHandle") for name, text in invocations.items()}
    summary = {"rounds": arguments.rounds, "machine": platform.machine(), "records": records, "medians": medians}
    (arguments.out / "summary.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    print(report.write(summary, arguments.out, ROOT / "docs/PERFORMANCE.md"))


if __name__ == "__main__":
    main()
