"""How the functions handled each record, read from their log lines."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from warden_local.stack import FUNCTIONS, STACK

# Event type, message id and feedback id identify one SES event.
Key = tuple[str | None, str | None, str | None]


@dataclass(frozen=True)
class End:
    """How one delivery of one message ended."""

    sqs_id: str
    outcome: str
    reason: str
    key: Key


@dataclass
class FunctionLog:
    """The log of one function, up to where it was read."""

    path: Path
    position: int
    ends: list[End] = field(default_factory=list)
    kept: list[dict] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def read(self) -> None:
        if not self.path.exists():
            return
        with self.path.open("rb") as log:
            log.seek(self.position)
            fresh = log.read()
        # A line that is still being written is read the next time.
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self.position += len(whole)
        for line in whole.splitlines():
            self.take(line)

    def take(self, text: bytes) -> None:
        try:
            line = json.loads(text)
        except ValueError:
            self.errors.append(text.decode(errors="replace"))
            return
        if line.get("level") == "ERROR":
            self.errors.append(text.decode(errors="replace"))
        match line.get("message"):
            case "record done":
                key = (line.get("ses.event"), line.get("ses.message_id"), line.get("ses.feedback_id"))
                self.ends.append(End(line.get("sqs.message_id", ""), line["outcome"], line["reason"], key))
            case "not suppressed":
                self.kept.append(line)


class FunctionLogs:
    """The logs of all functions, from the moment of creation."""

    def __init__(self, folder: Path) -> None:
        self.logs = {}
        for name in FUNCTIONS:
            file = folder / f"{STACK}-{name}.log"
            self.logs[name] = FunctionLog(file, file.stat().st_size if file.exists() else 0)

    def read(self) -> None:
        for log in self.logs.values():
            log.read()

    def __getitem__(self, function: str) -> FunctionLog:
        return self.logs[function]


def handled_counts(log: FunctionLog) -> dict[Key, int]:
    """Returns how many messages of each key were acted on or deliberately ignored.

    A message that was delivered again counts once. A key without a message id is the reason, because
    set-up notices have nothing else to identify them.
    """
    messages: dict[Key, set[str]] = defaultdict(set)
    for end in log.ends:
        if end.outcome in ("acted", "ignored"):
            key = end.key if end.key[1] else (end.reason, None, None)
            messages[key].add(end.sqs_id)
    return {key: len(ids) for key, ids in messages.items()}
