"""The results of the story."""

from collections import Counter
from dataclasses import dataclass, field

from warden_local.accounting import Account
from warden_local.observer import Observer
from warden_local.seen import Notice
from warden_local.support import Answer


@dataclass
class Result:
    """The results of the story, for the table, the report and summary.json."""

    scope: str
    summary: dict
    observer: Observer
    accounts: dict[str, Account]
    dead: dict[str, list[str]]
    # The error of SendEmail by domain, after the pause.
    refused: dict[str, str | None]
    pause_notice: Notice | None
    paused_at_seconds: float | None
    published: Counter
    # The answers that the support desk got about three addresses.
    answers: list[Answer] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
