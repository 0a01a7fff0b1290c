"""The dashboard of a local run: the body that was deployed, and what CloudWatch holds."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from warden_local.cast import NEWS
from warden_local.local_aws import LocalAws
from warden_local.series import Points
from warden_local.stack import STACK

# A run takes a minute or two. Whole quarters of an hour around it hold a point of each
# period that the widgets of counts ask for.
STEP = 900


@dataclass(frozen=True)
class Listed:
    """A series that CloudWatch lists, asked for its statistics when they are drawn."""

    source: "CloudWatch"
    namespace: str
    name: str
    dimensions: dict[str, str]

    def statistic(self, stat: str, period: int) -> Points:
        metric = {
            "Namespace": self.namespace,
            "MetricName": self.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in self.dimensions.items()],
        }
        query = {"Id": "drawn", "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}}
        pages = self.source.client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[query],
            # A period is whole or it is not asked for.
            StartTime=datetime.fromtimestamp(self.source.begin - self.source.begin % period, UTC),
            EndTime=datetime.fromtimestamp(self.source.end, UTC),
            ScanBy="TimestampAscending",
        )
        points: Points = {}
        for page in pages:
            for result in page["MetricDataResults"]:
                times = (int(moment.timestamp()) for moment in result["Timestamps"])
                points |= dict(zip(times, result["Values"], strict=True))
        return points


class CloudWatch:
    """What the local CloudWatch holds of a run."""

    def __init__(self, aws: LocalAws, began: float) -> None:
        self.client: Any = aws.client("cloudwatch")
        self.logs = aws.logs
        self.began = began
        self.begin = int(began) // STEP * STEP - STEP
        self.end = (int(time.time()) // STEP + 1) * STEP
        self.domain = NEWS.domain
        self.origin = "from what CloudWatch held at the end of this run"

    def body(self) -> dict:
        return json.loads(self.client.get_dashboard(DashboardName=STACK)["DashboardBody"])

    @cached_property
    def listed(self) -> list[Listed]:
        metrics = [m for page in self.client.get_paginator("list_metrics").paginate() for m in page["Metrics"]]
        return [
            Listed(self, m["Namespace"], m["MetricName"], {d["Name"]: d["Value"] for d in m["Dimensions"]})
            for m in metrics
        ]

    def series(self) -> list[Listed]:
        return self.listed

    def alarms(self) -> dict[str, str]:
        pages = self.client.get_paginator("describe_alarms").paginate()
        return {alarm["AlarmName"]: alarm["StateValue"] for page in pages for alarm in page["MetricAlarms"]}

    def log(self) -> list[dict]:
        """guard's own file, because a line can come a moment after its invocation."""
        file = self.logs / f"{STACK}-guard.log"
        entries = []
        for line in file.read_text(errors="replace").splitlines() if file.exists() else ():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            at = datetime.fromisoformat(entry["timestamp"]).timestamp()
            if at >= self.began:
                entries.append({**entry, "@timestamp": at})
        return entries
