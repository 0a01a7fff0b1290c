"""What all questions share: clients, names, patience, and the release that is tried."""

import os
import platform
import secrets
import subprocess
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from warden_check.report import Report

OUTPUT_KEPT = 4_000


class Trouble(Exception):
    """Something that ends the check early; the sentence is for a person."""


class Unanswered(Exception):
    """This AWS gives no answer to a question; the sentence says why."""


@dataclass
class World:
    """One run of the check."""

    release: Path
    region: str
    stack: str
    identity: str | None
    patience: float
    architecture: str | None
    command: Path | None
    report: Report
    session: Any
    # So that two runs, and the leftovers of one that was killed, do not meet.
    suffix: str = field(default_factory=lambda: secrets.token_hex(3))

    @property
    def name(self) -> str:
        """Of the throwaway configuration set, queue and whatever else the check makes itself."""
        return f"{self.stack}-{self.suffix}"

    @property
    def code_bucket(self) -> str:
        """Of its own, because an installation of the same account keeps its code in another."""
        return f"{self.name}-code"

    def client(self, service: str) -> Any:
        return self.session.client(service, config=Config(retries={"mode": "standard", "max_attempts": 8}))

    def environment(self) -> dict[str, str]:
        return {**os.environ, "AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}

    def run(self, *words: object, expected: tuple[int, ...] = (0,)) -> str:
        """What a program says, standard error with it.

        :raises Trouble: when it ends with another status than expected.
        """
        done = subprocess.run(
            [str(word) for word in words], env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )
        if done.returncode not in expected:
            said = done.stdout[-OUTPUT_KEPT:].strip()
            raise Trouble(f"{Path(str(words[0])).name} {words[1]} ended with {done.returncode}:\n{said}")
        return done.stdout

    def install(self, *options: str) -> str:
        """install.sh of the release, without questions."""
        profile = ("--profile", self.session.profile_name) if os.environ.get("AWS_PROFILE") else ()
        words = (self.release / "install.sh", "--yes", "--stack", self.stack, "--region", self.region)
        return self.run(*words, "--bucket", self.code_bucket, "--no-connect", *profile, *options)

    def ses_warden(self, *words: str, expected: tuple[int, ...] = (0,)) -> str:
        if self.command is None:
            raise Unanswered("this release holds no ses-warden for this machine; name one with --command")
        return self.run(self.command, *words, expected=expected)

    def outputs(self) -> dict[str, str]:
        [stack] = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def alarms(self, prefix: str) -> list[dict]:
        chosen = {"AlarmNamePrefix": prefix} if prefix else {}
        pages = self.client("cloudwatch").get_paginator("describe_alarms").paginate(**chosen)
        return [alarm for page in pages for alarm in page["MetricAlarms"]]

    def listed(self, operation: str, member: str) -> list:
        """All that a List operation of SES answers, whose pages botocore does not know."""
        ses, found, token = self.client("sesv2"), [], {}
        while token is not None:
            page = getattr(ses, operation)(PageSize=1_000, **token)
            found += page[member]
            token = {"NextToken": page["NextToken"]} if page.get("NextToken") else None
        return found

    def wait(self, seen: Callable[[], Any], patience: float | None = None) -> tuple[Any, float]:
        """What `seen` answers once that is true, or at last, and how many seconds that took."""
        began = time.monotonic()
        pause = 0.2
        while not (found := seen()):
            took = time.monotonic() - began
            if took > (self.patience if patience is None else patience):
                break
            time.sleep(pause)
            pause = min(2 * pause, 5)
        return found, time.monotonic() - began


def session(region: str | None, profile: str | None) -> Any:
    if profile:
        # The installer and the command run as processes and must use the same account. Keys in the
        # environment would win over a profile.
        os.environ["AWS_PROFILE"] = profile
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            os.environ.pop(name, None)
    return boto3.Session(region_name=region, profile_name=profile)


def unpacked_command(release: Path, folder: Path) -> Path | None:
    """The ses-warden of the release for this machine."""
    machine = "x86_64" if platform.machine().lower() in ("x86_64", "amd64") else "arm64"
    system = "macos" if platform.system() == "Darwin" else "linux"
    archive = release / f"ses-warden-{machine}-{system}.tar.gz"
    if not archive.exists():
        return None
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return next(folder.glob("ses-warden-*/ses-warden"))
