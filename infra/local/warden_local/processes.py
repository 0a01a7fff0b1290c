"""Processes that never outlive the run.

Each is the head of its own process group, so that its children (the functions that ministack
spawns) end with it. The run ends the groups when it is done, on failure, on Ctrl-C and on
SIGTERM. On Linux the heads also end when this process is killed.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from warden_local import paths
from warden_local.problem import Problem

GRACE_SECONDS = 3
SETTLING_SECONDS = 0.3
# How much of a log shows why its program ended.
LAST_LINES = 8
# Signals that ask a program to end, a terminal's HUP included.
ENDING = (signal.SIGTERM, signal.SIGHUP)
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1


class Processes:
    """The processes of one run; a context manager that ends them."""

    def __init__(self) -> None:
        self.heads: list[subprocess.Popen] = []
        self.folders: list[Path] = []
        self.former: dict[int, object] = {}

    def __enter__(self) -> Self:
        for number in ENDING:
            self.former[number] = signal.signal(number, end_by_signal)
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        # A second Ctrl-C must not leave some of them running.
        former = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, *ENDING)}
        cause = None
        try:
            if isinstance(error, Exception) and not isinstance(error, Problem):
                # Sockets close a moment before their process counts as ended.
                time.sleep(SETTLING_SECONDS)
                cause = self.ended()
            self.stop()
        finally:
            signal.signal(signal.SIGINT, former[signal.SIGINT])
            for number, handler in self.former.items():
                signal.signal(number, handler)
        if cause:
            raise cause from error

    def start(self, name: str, command: Sequence[str | Path], log: Path, environment: Mapping[str, str]) -> None:
        """Starts a program that writes to ``log``."""
        with log.open("wb") as output:
            head = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
                preexec_fn=end_with_parent if LIBC else None,
            )
        head.name, head.log = name, log
        self.heads.append(head)

    def folder(self) -> Path:
        """Returns a folder for files that are needed only while the programs run."""
        parent = paths.STATE / "tmp"
        parent.mkdir(parents=True, exist_ok=True)
        self.folders.append(Path(tempfile.mkdtemp(dir=parent)))
        return self.folders[-1]

    def check(self) -> None:
        """Raises a Problem if a program has ended."""
        if cause := self.ended():
            raise cause

    def ended(self) -> Problem | None:
        """Returns a program that has ended by itself, or None."""
        for head in self.heads:
            if head.poll() is not None:
                last = head.log.read_text(errors="replace").strip().splitlines()[-LAST_LINES:]
                said = "".join(f"\n    {line}" for line in last)
                return Problem(
                    f"{head.name} ended by itself (exit code {head.returncode}); {head.log} ends with:{said}"
                )
        return None

    def stop(self) -> None:
        """Ends all groups: asks first, then forces."""
        for head in self.heads:
            signal_group(head.pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for head in self.heads:
            with contextlib.suppress(subprocess.TimeoutExpired):
                head.wait(max(0.05, deadline - time.monotonic()))
            # Whatever is left of the group, with or without its head.
            signal_group(head.pid, signal.SIGKILL)
            head.wait()
        self.heads.clear()
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)


def signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def end_by_signal(number: int, _: object) -> None:
    raise SystemExit(128 + number)


def end_with_parent() -> None:
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
