"""``python -m warden_local``: builds, starts a local AWS, deploys, runs the story, stops."""

import argparse
import json
import os
import shutil
import sys
import time
from importlib.metadata import version
from pathlib import Path

from warden_local import notices, paths, report
from warden_local.account import prepare
from warden_local.build import build
from warden_local.hurry import RECEIVES, SES_CALLS_PER_SECOND, VISIBILITY_SECONDS, hurry, parameters
from warden_local.local_aws import LocalAws, check_port
from warden_local.problem import Problem
from warden_local.processes import Processes
from warden_local.result import Result
from warden_local.screen import Screen
from warden_local.stack import Stack
from warden_local.story import SCOPES, Story


def main() -> int:
    arguments = parse()
    screen = Screen()
    try:
        return run(arguments.scope, arguments.port, arguments.output, screen)
    except Problem as problem:
        print(f"\nses-warden: {problem}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
    return 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="warden_local", description=__doc__)
    parser.add_argument("--scope", choices=SCOPES, default=SCOPES[0], help="which alarms go into ALARM")
    parser.add_argument("--port", type=port, help="port of the local AWS; any free one without it")
    parser.add_argument("--output", type=Path, default=paths.RUN, help="folder for report, summary and logs")
    return parser.parse_args()


def port(text: str) -> int | None:
    if not text:
        return None
    number = int(text)
    if not 1 <= number <= 65535:
        raise ValueError
    return number


def run(scope: str, fixed_port: int | None, output: Path, screen: Screen) -> int:
    if fixed_port:
        check_port(fixed_port)
    screen.step("Building the functions, local-ses and the command")
    binaries = build()
    began = time.monotonic()
    logs = output / "logs"
    written = ("notices", "report.html", "summary.json")
    for leftover in (logs, *(output / name for name in written)):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink(missing_ok=True)
    logs.mkdir(parents=True)
    with Processes() as processes:
        screen.step("Starting the local AWS")
        aws = LocalAws(processes, binaries["local-ses"], logs, fixed_port)
        screen.step("Making the account's configuration sets and identities")
        prepare(aws)
        screen.step("Deploying infra/template.yaml")
        deploying = time.monotonic()
        stack = Stack(aws, binaries, parameters())
        hurry(aws, stack)
        screen.header("ses-warden, local run", facts(aws, stack, scope, time.monotonic() - deploying))
        result = Story(aws, stack, screen, scope, binaries["ses-warden"]).play()
        result.seconds = time.monotonic() - began
        finish(result, output, screen)
    return 1 if result.failures else 0


def facts(aws: LocalAws, stack: Stack, scope: str, seconds: float) -> dict[str, str]:
    others = " and ".join(f"SCOPE={other}" for other in SCOPES if other != scope)
    return {
        "scope": f"{scope}; {others} play the others",
        "Amazon SES": f"{aws.ses_endpoint}  local-ses",
        "other AWS": f"{aws.endpoint}  ministack {version('ministack')}",
        "stack": f"{stack.resources()} resources of infra/template.yaml, deployed in {seconds:.1f} s",
        "faster": f"{SES_CALLS_PER_SECOND} SES calls a second instead of 1; a record given back returns after "
        f"{VISIBILITY_SECONDS} s, {RECEIVES} times in all",
        "logs": os.path.relpath(aws.logs, paths.ROOT),
    }


def finish(result: Result, output: Path, screen: Screen) -> None:
    """Writes the table, the report and the summary."""
    summary = result.summary
    if result.pause_notice:
        screen.letter(f"What the operators received: {result.pause_notice.subject}", result.pause_notice.body)
    rows = [
        [name, *(f"{count:,}" for count in (a.expected, a.acted, a.ignored, a.dead, a.lost))]
        for name, a in result.accounts.items()
    ]
    columns = ["function", "events it had to get", "acted on", "ignored", "dead letters", "lost"]
    screen.table("Accounting", columns, rows)
    paused = summary["paused"]
    outcome = [
        ["suppressed", str(len(summary["suppressed"])), "addresses at fault, on the suppression list"],
        ["kept", str(len(summary["spared"])), "addresses that bounced or complained and are not suppressed"],
        ["paused", *what_is_paused(paused)],
        ["operators", str(summary["operator_notices"]), "notices; each alarm is in exactly one"],
        ["events", f"{summary['events_published']:,}", f"published, {summary['lost']} lost"],
    ]
    screen.table("Outcome", ["what", "result", ""], outcome, numbers_from=3)
    page, data = (output / name for name in ("report.html", "summary.json"))
    report.write(result, page)
    data.write_text(json.dumps(summary, indent=2) + "\n")
    screen.print()
    screen.print(f"report   {os.path.relpath(page, paths.ROOT)}")
    screen.print(f"summary  {os.path.relpath(data, paths.ROOT)}")
    for letter in notices.write(notices.of(result), output / "notices"):
        screen.print(f"notice   {os.path.relpath(letter, paths.ROOT)}")
    screen.print()
    for failure in result.failures:
        screen.print(f"[bold red]Not as expected:[/] {failure}")
    if not result.failures:
        screen.print(f"[bold green]Everything came out as expected[/], in {result.seconds:.0f} seconds.")


def what_is_paused(paused: dict | None) -> tuple[str, str]:
    if not paused:
        return "nothing", ""
    return "the account" if paused["scope"] == "account" else paused["name"], paused["reason"]


if __name__ == "__main__":
    sys.exit(main())
