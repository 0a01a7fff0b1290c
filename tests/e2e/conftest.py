"""One local AWS for all tests of a process; each module begins with an empty one and its own stack."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from warden_local import paths
from warden_local.account import prepare
from warden_local.build import build
from warden_local.command import connect
from warden_local.hurry import RECEIVES, SUPPRESS_SECONDS, hurry, parameters
from warden_local.local_aws import LocalAws
from warden_local.processes import Processes
from warden_local.stack import Stack
from warden_local.story import of_sets

# The command lays its output out for COLUMNS, and each test says itself how wide its terminal is.
os.environ.pop("COLUMNS", None)
# Two workers of pytest-xdist run side by side, each with a local AWS of its own.
LOGS = paths.ROOT / "target" / "e2e" / os.environ.get("PYTEST_XDIST_WORKER", "alone") / "logs"


@pytest.fixture(scope="session")
def binaries() -> dict[str, Path]:
    return build(quiet=True)


@pytest.fixture(scope="session")
def aws(binaries: dict[str, Path]) -> Iterator[LocalAws]:
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    with Processes() as processes:
        yield LocalAws(processes, binaries["local-ses"], LOGS)


@pytest.fixture(scope="session")
def deploy(aws: LocalAws, binaries: dict[str, Path]) -> Callable[..., Stack]:
    """Resets the local AWS, deploys the template with the story's parameters and connects the sets."""

    def anew(
        scope: str = "configuration-set",
        *,
        make: type[Stack] = Stack,
        connected: bool = True,
        receives: int = RECEIVES,
        suppress_seconds: int = SUPPRESS_SECONDS,
        **more: str,
    ) -> Stack:
        aws.reset()
        prepare(aws)
        stack = make(aws, binaries, {**parameters(), **more})
        hurry(aws, stack, receives=receives, suppress_seconds=suppress_seconds)
        if connected:
            connect(aws, binaries["ses-warden"], *of_sets(scope), "--no-domains")
        return stack

    return anew
