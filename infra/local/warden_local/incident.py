"""``python -m warden_local.incident``: a stolen key, from the first alarm to the resume.

The mail of a thief differs from the owner's in its caller identity and source address, guard pauses
the account, and an operator goes through `ses-warden secure`. Every command of the operator is run
and its output kept in ``incident.md``. local-ses has no IAM, so the refusal that the step verify
reads is the text of AWS's documentation.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from warden_local import paths
from warden_local.__main__ import port
from warden_local.account import prepare
from warden_local.build import build
from warden_local.cast import CLOSED, FIRST, INBOX, LAST, MAILBOXES, NEWS, SHOP, Letter
from warden_local.command import environment
from warden_local.local_aws import ACCOUNT, REGION, LocalAws, check_port
from warden_local.observer import ALLOW_SNS, Observer
from warden_local.problem import Problem
from warden_local.processes import Processes
from warden_local.screen import Screen
from warden_local.sending import refusal, send_all
from warden_local.stack import Stack
from warden_local.hurry import hurry, parameters
from warden_local.waiting import wait_until

OWNER, OFFICE = "app-mailer", "192.0.2.41"
THIEF, PLACES = "old-ci", ("198.51.100.7", "198.51.100.8")
STOLEN_KEY = "AKIASTOLENKEYOFOLDCI"
CUSTOMERS = 60
VICTIMS = 400
PACE = ("--ses-calls-per-second", "200")
REFUSED = (
    f"554 Access denied: User `arn:aws:iam::{ACCOUNT}:user/{THIEF}' is not authorized to perform "
    f"`ses:SendRawEmail' on resource `arn:aws:ses:{REGION}:{ACCOUNT}:identity/{NEWS.domain}'"
)


def incident_parameters() -> dict[str, str]:
    """Returns the stack's parameters: who may send, and that anybody else pauses the account."""
    return {
        **parameters(),
        "AllowedCallerIdentities": OWNER,
        "AllowedSourceCidrs": "192.0.2.0/24",
        "UnexpectedSenderAlarm": "critical",
    }


class Incident:
    """Plays the incident once."""

    def __init__(self, aws: LocalAws, stack: Stack, screen: Screen, command: Path, folder: Path) -> None:
        self.aws, self.stack, self.screen, self.command, self.folder = aws, stack, screen, command, folder
        self.ses = aws.client("sesv2")
        self.observer = Observer(aws, stack, screen)
        self.archive = self.keep_events()
        self.transcript: list[str] = []
        self.failures: list[str] = []
        for domain, mailbox in MAILBOXES.items():
            aws.ses_control("PUT", f"domains/{domain}", mailbox.plan())

    def keep_events(self) -> str:
        """Subscribes a queue that keeps the events, as a bucket or a log group of the owner would."""
        sqs = self.aws.client("sqs")
        url = sqs.create_queue(QueueName="events-archive", Attributes={"Policy": ALLOW_SNS})["QueueUrl"]
        self.aws.client("sns").subscribe(
            TopicArn=self.stack.outputs["FeedbackTopicArn"],
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:events-archive",
            Attributes={"RawMessageDelivery": "true"},
        )
        return url

    def play(self) -> list[str]:
        self.a_normal_day()
        self.the_thief()
        self.the_operator()
        return self.failures

    # ------------------------------------------------------------------ phases

    def a_normal_day(self) -> None:
        self.screen.phase(1, "A normal day", f"{SHOP.domain} mails {CUSTOMERS} customers, as {OWNER} from {OFFICE}.")
        letters = [Letter(SHOP, f"{name}@{INBOX}") for name in names(CUSTOMERS)]
        send_all(self.ses, letters)
        time.sleep(1)
        self.began = time.time()

    def the_thief(self) -> None:
        self.screen.phase(2, "The thief", f"Somebody has the key of {THIEF} and mails a bought list.")
        thief = self.client_of_thief()
        sent, refused = 0, 0
        for number, name in enumerate(names(VICTIMS)):
            place = PLACES[number % 2]
            self.aws.ses_control("PUT", f"senders/{STOLEN_KEY}", {"caller_identity": THIEF, "source_ip": place})
            recipient = f"{name}@{CLOSED if number % 3 else INBOX}"
            if refusal(thief, Letter(NEWS, recipient)) is None:
                sent += 1
            else:
                refused += 1
            if number % 40 == 0:
                self.observer.read()
        self.screen.event("sent", f"{sent} mails of the thief, {refused} were refused")
        wait_until("guard has paused the account", lambda: not self.ses.get_account()["SendingEnabled"])
        wait_until("the operators are notified", lambda: self.observer.read() and self.notices())
        if refusal(thief, Letter(NEWS, f"last@{INBOX}")) != "SendingPausedException":
            self.failures.append("The thief still sends.")
        self.keep("What the operators received", "text", self.notices()[0].body)
        # SES publishes its own rates every quarter of an hour or so.
        self.aws.ses_control("POST", "reputation")

    def the_operator(self) -> None:
        self.screen.phase(3, "The operator", "ses-warden secure, step by step; every output is real.")
        self.save_events()
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.began))
        secure = ("secure", "--step")
        evidence = self.run(*secure, "evidence", "--events", "events.ndjson", "--since", since)
        if f"{THIEF}:" not in evidence:
            self.failures.append(f"The evidence does not name {THIEF}.")
        self.run(*secure, "pause", "--confirm", ACCOUNT)
        self.run(*secure, "rotate", "--caller", THIEF, "--yes")
        self.run(*secure, "restrict", "--cidr", "192.0.2.0/24", "--from-domain", SHOP.domain, "--caller", THIEF, "--yes")
        self.run(*secure, "verify", "--error", REFUSED)
        self.run(*secure, "resume", "--reason", "key of old-ci deleted, policy in force", "--by", "Ann", "--yes")
        if not self.ses.get_account()["SendingEnabled"]:
            self.failures.append("The account is still paused.")
        if refusal(self.ses, Letter(SHOP, f"first@{INBOX}")):
            self.failures.append("The owner cannot send again.")
        self.run("resume", "--account", "--check")
        self.run("dead-letters", "list")

    # ------------------------------------------------------------------- steps

    def client_of_thief(self) -> Any:
        return boto3.client(
            "sesv2", region_name=REGION, endpoint_url=self.aws.ses_endpoint,
            aws_access_key_id=STOLEN_KEY, aws_secret_access_key="stolen",
        )  # fmt: skip

    def notices(self) -> list:
        return [notice for notice in self.observer.seen.notices if notice.is_by_guard and "paused" in notice.subject]

    def save_events(self) -> None:
        sqs, lines, empty = self.aws.client("sqs"), [], 0
        while empty < 2:
            answer = sqs.receive_message(QueueUrl=self.archive, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            messages = answer.get("Messages", [])
            empty = 0 if messages else empty + 1
            for message in messages:
                if message["Body"].startswith("{"):
                    lines.append(json.dumps(json.loads(message["Body"])))
                sqs.delete_message(QueueUrl=self.archive, ReceiptHandle=message["ReceiptHandle"])
        (self.folder / "events.ndjson").write_text("\n".join(lines) + "\n")

    def run(self, *arguments: str) -> str:
        """Runs a command of the operator, shows it with its output, and keeps both."""
        pace = () if arguments[0] == "dead-letters" else PACE
        done = subprocess.run(
            [self.command, *arguments, *pace],
            env={**environment(self.aws), "HOME": str(self.folder)},
            cwd=self.folder, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        shown = " ".join(["ses-warden", *map(quoted, arguments)])
        text = f"$ {shown}\n{done.stdout}{done.stderr}"
        self.keep(None, "console", text)
        if done.returncode not in (0, 1):
            self.failures.append(f"{shown} ended with status {done.returncode}.")
        return done.stdout

    def keep(self, title: str | None, kind: str, text: str) -> None:
        self.screen.letter(title, text)
        heading = f"## {title}\n\n" if title else ""
        self.transcript.append(f"{heading}```{kind}\n{text.rstrip()}\n```\n")


def names(count: int) -> list[str]:
    return [f"{FIRST[n % len(FIRST)]}.{LAST[n // len(FIRST) % len(LAST)]}" for n in range(count)]


def quoted(word: str) -> str:
    return word if word and not set(word) & set(" `'\"$") else json.dumps(word)


def main() -> int:
    parser = argparse.ArgumentParser(prog="warden_local.incident", description=__doc__)
    parser.add_argument("--port", type=port, help="port of the local AWS; any free one without it")
    parser.add_argument("--output", type=Path, default=paths.RUN, help="folder for incident.md and logs")
    arguments = parser.parse_args()
    screen = Screen()
    try:
        return run(arguments.port, arguments.output, screen)
    except (Problem, ClientError) as problem:
        print(f"\nses-warden: {problem}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
    return 1


def run(fixed_port: int | None, output: Path, screen: Screen) -> int:
    if fixed_port:
        check_port(fixed_port)
    screen.step("Building the functions, local-ses and the command")
    binaries = build()
    logs = output / "incident-logs"
    logs.mkdir(parents=True, exist_ok=True)
    with Processes() as processes:
        screen.step("Starting the local AWS and deploying infra/template.yaml")
        aws = LocalAws(processes, binaries["local-ses"], logs, fixed_port)
        prepare(aws)
        stack = Stack(aws, binaries, incident_parameters())
        hurry(aws, stack)
        subprocess.run(
            [binaries["ses-warden"], "connect", "apply", "--yes", "--no-domains", "--quiet", *PACE],
            env=environment(aws), check=True, capture_output=True,
        )  # fmt: skip
        play = Incident(aws, stack, screen, binaries["ses-warden"], output.resolve())
        failures = play.play()
    page = output / "incident.md"
    page.write_text("# A stolen key\n\n" + "\n".join(play.transcript))
    screen.print(f"\ntranscript  {os.path.relpath(page, paths.ROOT)}\n")
    for failure in failures:
        screen.print(f"[bold red]Not as expected:[/] {failure}")
    if not failures:
        screen.print("[bold green]The key is gone, and the owner sends again.[/]")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
