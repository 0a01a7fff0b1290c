"""``python -m warden_local.storm``: a mailing to a dead list, with SES's real rate limit.

Every address of the storm is a hard bounce, published to the feedback topic as SES does it.
local-ses answers only one call a second. At the end every address must be on the suppression list.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

from warden_local import paths
from warden_local.__main__ import port
from warden_local.accounting import dead_letters
from warden_local.build import build
from warden_local.local_aws import REGION, LocalAws, check_port
from warden_local.problem import Problem
from warden_local.processes import Processes
from warden_local.screen import Screen
from warden_local.stack import Stack
from warden_local.storm_outcome import Outcome, cpu_seconds, peak_memory_mb, processes_of
from warden_local.waiting import wait_until

# SES's rate limit for all calls except sending.
SES_CALLS_PER_SECOND = 1
PUBLISHERS = 4
ENTRIES = 10
LOOK_SECONDS = 2
SAMPLE_SECONDS = 0.2
# Listing many addresses takes SES a while; the most seconds that a storm may take here.
OUT_OF_TIME_SECONDS = 2 * 3600
SEED = 20261006


def parameters() -> dict[str, str]:
    """Returns the stack's parameters: a schedule of one minute, batches of one second, no operator."""
    return {"ImportSchedule": "1 minute", "BatchingWindowSeconds": "1", "OperatorEmail": ""}


class Storm:
    """One storm over a deployed stack."""

    def __init__(self, aws: LocalAws, stack: Stack, addresses: int, rate: float = SES_CALLS_PER_SECOND) -> None:
        self.aws, self.stack = aws, stack
        self.addresses = [f"gone-{number}@closed-{number % 97}.example.net" for number in range(addresses)]
        self.outcome = Outcome(addresses)
        self.random = random.Random(SEED)
        self.over = threading.Event()
        aws.ses_control("PUT", "faults", {"rate_limit_per_second": rate})

    def play(self, screen: Screen, kills: int = 0, hurried_clock: float | None = None) -> Outcome:
        """Publishes, waits for the last entry, and checks what is left.

        Kills a process of suppress ``kills`` times, at random moments. ``hurried_clock`` is the
        number of seconds between scheduled invocations.
        """
        began = time.monotonic()
        threads = [threading.Thread(target=self.watch_memory)]
        if kills:
            threads.append(threading.Thread(target=self.kill, args=(kills,)))
        if hurried_clock:
            threads.append(threading.Thread(target=self.tick, args=(hurried_clock,)))
        for thread in threads:
            thread.start()
        try:
            self.publish()
            self.outcome.published_seconds = time.monotonic() - began
            screen.step(f"{len(self.addresses):,} bounces published in {self.outcome.published_seconds:.0f} s")
            self.wait_for_the_list(screen, began)
            if kills:
                wait_until("the kills are done", lambda: self.outcome.kills >= kills, OUT_OF_TIME_SECONDS)
                self.wait_for_the_list(screen, began)
            self.outcome.last_entry_seconds = time.monotonic() - began
            self.wait_for_the_rest(screen)
        finally:
            self.over.set()
            for thread in threads:
                thread.join()
        self.balance()
        return self.outcome

    # --------------------------------------------------------------- publishing

    def publish(self) -> None:
        sns = self.aws.client("sns")
        topic = self.stack.outputs["FeedbackTopicArn"]

        def send(start: int) -> None:
            part = self.addresses[start : start + ENTRIES]
            entries = [{"Id": str(n), "Message": bounce(start + n, address)} for n, address in enumerate(part)]
            failed = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries).get("Failed")
            if failed:
                raise Problem(f"SNS refuses to publish: {failed[0]}")

        with ThreadPoolExecutor(PUBLISHERS) as threads:
            for _ in threads.map(send, range(0, len(self.addresses), ENTRIES)):
                self.aws.processes.check()

    # ------------------------------------------------------------------ waiting

    def listed(self) -> dict[str, str]:
        return self.aws.ses_control("GET", f"suppression?region={REGION}")["entries"]

    def wait_for_the_list(self, screen: Screen, began: float) -> None:
        shown = -1
        deadline = time.monotonic() + OUT_OF_TIME_SECONDS
        while (count := len(self.listed())) < len(self.addresses):
            self.aws.processes.check()
            if time.monotonic() > deadline:
                break
            if count != shown:
                screen.event("suppressed", f"{count:,} on the list after {time.monotonic() - began:.0f} s")
                shown = count
            time.sleep(LOOK_SECONDS)

    def wait_for_the_rest(self, screen: Screen) -> None:
        """Waits until the bucket and the queue are empty."""
        screen.step("Waiting until nothing is left in queue and bucket")
        with contextlib.suppress(Problem):
            wait_until("nothing is left", lambda: not self.waiting() and not self.queued(), 15 * 60)

    def waiting(self) -> list[str]:
        s3 = self.aws.client("s3")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=self.stack.outputs["SuppressBucketName"])
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def queued(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        queue = self.stack.outputs["SuppressQueueUrl"]
        attributes = self.aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)

    def balance(self) -> None:
        listed, expected = self.listed(), set(self.addresses)
        outcome = self.outcome
        outcome.missing = len(expected - listed.keys())
        outcome.beyond = len(listed.keys() - expected)
        outcome.wrong_reason = sum(reason != "BOUNCE" for reason in listed.values())
        dead = dead_letters(self.aws, self.stack.outputs["SuppressDeadLetterQueueUrl"])
        outcome.dead_letters = sum(not is_scheduled(body) for body in dead)
        outcome.left_in_bucket = self.waiting()
        outcome.calls = dict(Counter(self.aws.ses_control("GET", "calls")))

    # -------------------------------------------------- processes of the function

    def watch_memory(self) -> None:
        while not self.over.wait(SAMPLE_SECONDS):
            for process in processes_of("suppress"):
                self.outcome.peak_memory_mb = max(self.outcome.peak_memory_mb, peak_memory_mb(process))
                self.outcome.cpu_seconds[process] = max(self.outcome.cpu_seconds.get(process, 0.0), cpu_seconds(process))

    def kill(self, times: int) -> None:
        """Kills a process with SIGKILL, as Lambda's host may do without notice."""
        while self.outcome.kills < times and not self.over.wait(self.random.uniform(0.05, 0.6)):
            if found := list(processes_of("suppress")):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.random.choice(found), signal.SIGKILL)
                    self.outcome.kills += 1

    def tick(self, seconds: float) -> None:
        """Invokes suppress as the schedule does, but more often than EventBridge can."""
        functions = self.aws.client("lambda")
        call = {"version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}
        while not self.over.wait(seconds):
            with contextlib.suppress(Exception):
                functions.invoke(
                    FunctionName=self.stack.outputs["SuppressFunctionName"],
                    InvocationType="Event",
                    Payload=json.dumps(call),
                )


def bounce(number: int, address: str) -> str:
    event = {
        "eventType": "Bounce",
        "bounce": {
            "feedbackId": f"0107018f-{number:08x}-000000",
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {
                    "emailAddress": address,
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 The email account that you tried to reach does not exist",
                }
            ],
            "timestamp": "2026-10-06T07:14:04.777Z",
            "reportingMTA": "dns; a8-30.smtp-out.eu-central-1.amazonses.com",
        },
        "mail": {
            "timestamp": "2026-10-06T07:14:02.118Z",
            "source": "news@shop.example.com",
            "sourceArn": f"arn:aws:ses:{REGION}:111122223333:identity/shop.example.com",
            "sendingAccountId": "111122223333",
            "messageId": f"0107018f-{number:08x}-message",
            "destination": [address],
            "headersTruncated": False,
            "tags": {"ses:from-domain": ["shop.example.com"], "ses:source-ip": ["192.0.2.10"]},
        },
    }
    return json.dumps(event)


def is_scheduled(dead_letter: str) -> bool:
    """Kills a scheduled invocation three times in a row; the next one does the work."""
    payload = json.loads(dead_letter).get("requestPayload", {})
    return payload.get("detail-type") == "Scheduled Event"


def take_journal(aws: LocalAws, stack: Stack) -> None:
    """Deploys suppress without its journal, which no parameter of the template does."""
    functions, name = aws.client("lambda"), stack.outputs["SuppressFunctionName"]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    kept = {key: value for key, value in variables.items() if not key.startswith("WARDEN_JOURNAL")}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": kept})


def main() -> int:
    parser = argparse.ArgumentParser(prog="warden_local.storm", description=__doc__)
    parser.add_argument("--addresses", type=int, default=100_000, help="hard bounces, all of distinct addresses")
    parser.add_argument("--kills", type=int, default=0, help="how often a process of suppress is killed meanwhile")
    parser.add_argument("--no-journal", action="store_true", help="take the journal away from suppress, to compare")
    parser.add_argument("--port", type=port, help="port of the local AWS; any free one without it")
    arguments = parser.parse_args()
    screen = Screen()
    try:
        return run(arguments, screen)
    except Problem as problem:
        print(f"\nses-warden: {problem}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
    return 1


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    if arguments.port:
        check_port(arguments.port)
    screen.step("Building the functions, local-ses and the command")
    binaries = build()
    logs = paths.RUN.parent / "storm" / "logs"
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    with Processes() as processes:
        screen.step("Starting the local AWS and deploying infra/template.yaml")
        aws = LocalAws(processes, binaries["local-ses"], logs, arguments.port)
        stack = Stack(aws, binaries, parameters())
        if arguments.no_journal:
            take_journal(aws, stack)
        facts = {
            "journal": "none" if arguments.no_journal else stack.outputs["JournalTableName"],
            "storm": f"{arguments.addresses:,} hard bounces of distinct addresses",
            "Amazon SES": f"local-ses, {SES_CALLS_PER_SECOND} call a second",
            "other AWS": f"ministack {version('ministack')}",
            "one by one": f"{arguments.addresses / SES_CALLS_PER_SECOND / 3600:.1f} hours, at one call each",
            "logs": os.path.relpath(logs, paths.ROOT),
        }
        screen.header("ses-warden, storm", facts)
        outcome = Storm(aws, stack, arguments.addresses).play(screen, arguments.kills)
        scan = aws.client("dynamodb").get_paginator("scan")
        pages = scan.paginate(TableName=stack.outputs["JournalTableName"], Select="COUNT")
        recorded = sum(page["Count"] for page in pages)
    rows = [
        ["items in the journal", f"{recorded:,}"],
        ["CPU of suppress", f"{sum(outcome.cpu_seconds.values()):.1f} s"],
        ["published", f"{outcome.published_seconds:.0f} s"],
        ["last entry on the list", f"{outcome.last_entry_seconds:.0f} s"],
        ["peak memory of suppress", f"{outcome.peak_memory_mb:.1f} MB"],
        ["times killed", str(outcome.kills)],
        ["calls to SES", str(sum(outcome.calls.values()))],
        *[[f"  {operation}", str(count)] for operation, count in sorted(outcome.calls.items())],
    ]
    screen.table("Outcome", ["what", "figure"], rows)
    for failure in outcome.failures:
        screen.print(f"[bold red]Not as expected:[/] {failure}")
    if not outcome.failures:
        screen.print(f"[bold green]All {outcome.addresses:,} addresses are on the list[/], and nothing else is.")
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
