"""What goes wrong in one campaign, as data: the same seed makes the same plan.

A plan says how a story is delivered, what each call of AWS suffers, when processes are killed and
what operators do meanwhile. Only the timing of processes is not in it.
"""

import random
from dataclasses import dataclass, field

# What a call may suffer. `before` leaves it undone; `after` carries it out and loses the answer.
KINDS = (
    "throttle",
    "server_error",
    "reset_before",
    "reset_after",
    "hang_before",
    "hang_after",
    "slow",
    "garbage_before",
    "garbage_after",
    "huge",
    "skewed_clock",
    "partial",
    "kill_before",
    "kill_after",
)
# How often each of them is drawn.
WEIGHTS = (3, 3, 2, 3, 1, 2, 2, 1, 2, 0.3, 1, 2, 2, 3)
# Kinds after which nobody knows whether the call was carried out.
UNCERTAIN = ("server_error", "reset_before", "reset_after", "hang_before", "hang_after", "garbage_before", "garbage_after", "huge")
# The calls of each function, with how many of each a campaign makes at least.
CALLS = {
    "suppress": {
        "PutSuppressedDestination": 8, "GetSuppressedDestination": 8, "ListSuppressedDestinations": 1, "CreateImportJob": 1,
        "GetImportJob": 2, "DeleteSuppressedDestination": 2, "GetAccount": 2, "GetConfigurationSet": 1, "PutItem": 12,
        "Query": 3, "BatchGetItem": 2, "UpdateItem": 1, "GetSecretValue": 1, "PutObject": 4, "GetObject": 3,
        "ListObjectsV2": 4, "DeleteObject": 3, "PutMetricData": 3,
    },
    "metrics": {"PutMetricData": 6},
    "guard": {
        "DescribeAlarms": 4, "Query": 6, "PutItem": 6, "GetAccount": 4, "GetConfigurationSet": 4, "GetMetricData": 6,
        "PutConfigurationSetSendingOptions": 1, "ListMetrics": 3, "Publish": 2, "LookupEvents": 1,
    },
}  # fmt: skip
# How many harms each function meets, at most.
MOST_HARMS = {"suppress": 12, "metrics": 5, "guard": 8}
HANG_SECONDS = (0.3, 1.2)


@dataclass(frozen=True)
class Harm:
    """What one call suffers: the ``nth`` call of an operation by a function."""

    function: str
    operation: str
    nth: int
    kind: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.function} {self.operation} #{self.nth}: {self.kind}"


@dataclass(frozen=True)
class OperatorAct:
    """Something that a person does, so many seconds after the beginning."""

    act: str
    after: float


@dataclass(frozen=True)
class Plan:
    """One campaign."""

    seed: int
    harms: tuple[Harm, ...]
    acts: tuple[OperatorAct, ...]
    # SIGKILL at any moment: a function's slot, and when.
    kills: tuple[tuple[str, int, float], ...]
    # The purchased list bounces so much that its configuration set must be paused.
    is_bad: bool
    # SES lists hard bounces by itself, and suppress removes those that the sender caused.
    rescues: bool
    # Most addresses that are put one by one.
    import_threshold: int
    # Environments that take events of metrics: with one, and no uncertain harm, sums are exact.
    metrics_environments: int
    # Share of the events that the queue delivers twice.
    twice: float
    largest_batch: int
    order_seed: int = field(default=0)

    def harms_of(self, function: str) -> list[Harm]:
        return [harm for harm in self.harms if harm.function == function]

    @property
    def counts_exactly(self) -> bool:
        """Whether METRICS.md promises that each event counts once here."""
        doubtful = any(harm.kind in UNCERTAIN or "kill" in harm.kind for harm in self.harms_of("metrics"))
        killed = any(function == "metrics" for function, _, _ in self.kills)
        return self.metrics_environments == 1 and not doubtful and not killed


def plan_of(seed: int) -> Plan:
    """Returns the plan of a seed."""
    chance = random.Random(seed)
    harms: dict[tuple[str, str, int], Harm] = {}
    for function, operations in CALLS.items():
        for _ in range(chance.randint(0, MOST_HARMS[function])):
            operation, calls = chance.choices(list(operations.items()), weights=operations.values())[0]
            nth = chance.randint(1, calls + 1)
            kind = chance.choices(KINDS, weights=WEIGHTS)[0]
            seconds = round(chance.uniform(*HANG_SECONDS), 2)
            # Several in a row now and then, so that retries run out.
            for place in range(nth, nth + chance.choice((1, 1, 1, 2, 4))):
                harms[function, operation, place] = Harm(function, operation, place, kind, seconds)
    acts = [
        OperatorAct(act, round(chance.uniform(0, 4), 2))
        for act, share in (
            ("resume_paused_set", 0.4),
            ("add_entry", 0.6),
            ("remove_entry", 0.6),
            ("false_alarm_of_domain", 0.5),
            ("false_alarm_of_account", 0.4),
            ("put_entry_of_candidate", 0.4),
            ("pause_healthy_set", 0.15),
        )
        if chance.random() < share
    ]
    slots = [("suppress", 0), ("suppress", 1), ("suppress", 2), ("metrics", 0), ("metrics", 1), ("guard", 0), ("guard", 1)]
    kills = [(*chance.choice(slots), round(chance.uniform(0.1, 5), 2)) for _ in range(chance.randint(0, 6))]
    return Plan(
        seed=seed,
        harms=tuple(harms.values()),
        acts=tuple(sorted(acts, key=lambda act: act.after)),
        kills=tuple(sorted(kills, key=lambda kill: kill[2])),
        is_bad=chance.random() < 0.6,
        rescues=chance.random() < 0.4,
        import_threshold=chance.choice((5, 30, 30, 100)),
        metrics_environments=chance.choice((1, 2)),
        twice=chance.choice((0, 0.1, 0.5)),
        largest_batch=chance.choice((4, 12, 40)),
        order_seed=chance.getrandbits(32),
    )
