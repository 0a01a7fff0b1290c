"""The results of a storm, and what the processes of a function have used."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from warden_local import paths
from warden_local.stack import STACK


@dataclass
class Outcome:
    """The results of a storm."""

    addresses: int
    published_seconds: float = 0.0
    last_entry_seconds: float = 0.0
    calls: dict[str, int] = field(default_factory=dict)
    peak_memory_mb: float = 0.0
    # CPU time of suppress by process, those that ended included.
    cpu_seconds: dict[int, float] = field(default_factory=dict)
    kills: int = 0
    missing: int = 0
    beyond: int = 0
    wrong_reason: int = 0
    dead_letters: int = 0
    left_in_bucket: list[str] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        found = []
        for count, what in (
            (self.missing, "addresses are not on the list"),
            (self.beyond, "entries are on the list that nobody bounced"),
            (self.wrong_reason, "entries have another reason than BOUNCE"),
            (self.dead_letters, "messages are dead letters"),
            (len(self.left_in_bucket), f"files are left in the bucket: {', '.join(self.left_in_bucket[:5])}"),
        ):
            if count:
                found.append(f"{count} {what}.")
        return found


def processes_of(function: str) -> Iterator[int]:
    """Returns the processes that this one started, at any remove, and that run a function of the stack."""
    mark = f"AWS_LAMBDA_FUNCTION_NAME={STACK}-{function}".encode()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                is_ours = (folder / "exe").readlink().is_relative_to(paths.ROOT) and descends_from_us(folder)
                if is_ours and mark in (folder / "environ").read_bytes().split(b"\0"):
                    yield int(folder.name)


def descends_from_us(folder: Path) -> bool:
    """Tells our processes from those of another run in the same checkout, as two run beside each other in the tests."""
    process = int(folder.name)
    while process > 1 and process != os.getpid():
        process = int(fields_of(process)[1])
    return process > 1


def fields_of(process: int) -> list[str]:
    """Returns what /proc/PID/stat says after the name, which may hold blanks: state, parent and so on."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def cpu_seconds(process: int) -> float:
    """Returns the CPU time that a process has used so far."""
    with contextlib.suppress(OSError):
        fields = fields_of(process)
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def peak_memory_mb(process: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0
