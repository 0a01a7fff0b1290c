"""Plain values that the observer has read during a run."""

import json
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Sample:
    """Counts by domain in CloudWatch at one moment."""

    at: float
    counts: dict[str, dict[str, int]]
    reputation: dict[str, dict[str, float]]

    def has_sent(self, domain: str) -> bool:
        return bool(self.counts.get(domain, {}).get("Send"))

    def rate(self, domain: str, metric: str) -> float:
        counts = self.counts.get(domain, {})
        return counts.get(metric, 0) / counts["Send"] if counts.get("Send") else 0.0


@dataclass(frozen=True)
class Notice:
    """A message to the operators."""

    at: datetime
    subject: str
    body: str
    attributes: dict[str, str]

    @property
    def is_by_guard(self) -> bool:
        return "action" in self.attributes

    @property
    def alarms(self) -> list[str]:
        """Returns the alarms of the incident, the leading alarm first."""
        return [alarm["name"] for alarm in json.loads(self.attributes["notice"])["alarms"]] if self.is_by_guard else []

    @property
    def reports_a_pause(self) -> bool:
        return self.attributes.get("action") in ("paused_sets", "paused_account")


@dataclass
class Seen:
    """Everything that was read so far."""

    suppressed: dict[str, dict] = field(default_factory=dict)
    kept: dict[tuple[str, str], dict] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    alarms: dict[str, dict] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    paused: dict | None = None
