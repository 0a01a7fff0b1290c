"""A standard queue of SQS for a campaign: messages come again, out of order, and end as dead letters."""

import json
import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from lambda_runtime import Environment, Invocation

# Receives after which a message is a dead letter. More than a plan can make fail, so that only poison
# ends there.
RECEIVES = 12


@dataclass
class Queued:
    """One message in a queue."""

    key: str
    body: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    receives: int = 0


class Queue:
    """The queue of one function."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.visible: list[Queued] = []
        self.hidden = 0
        self.done: list[Queued] = []
        self.dead: list[Queued] = []
        self.invocations: list[Invocation] = []

    def put(self, messages: Iterable[tuple[str, str]]) -> None:
        self.visible += [Queued(key, body) for key, body in messages]
        self.chance.shuffle(self.visible)

    @property
    def is_empty(self) -> bool:
        return not self.visible and not self.hidden

    def take(self, most: int) -> list[Queued]:
        count = min(self.chance.randint(1, most), len(self.visible))
        taken, self.visible = self.visible[:count], self.visible[count:]
        self.hidden += len(taken)
        return taken

    async def deliver(self, environment: Environment, most: int) -> None:
        """Takes a batch and has an environment handle it."""
        batch = self.take(most)
        if not batch:
            return
        payload = json.dumps({"Records": [self.record(message) for message in batch]})
        invocation = Invocation(payload.encode(), [message.key for message in batch])
        self.invocations.append(invocation)
        await environment.invoke(invocation)
        self.resolve(batch, invocation)

    def resolve(self, batch: list[Queued], invocation: Invocation) -> None:
        self.hidden -= len(batch)
        failed = {message.id for message in batch}
        if invocation.end == "answered":
            failed &= {failure["itemIdentifier"] for failure in (invocation.answer or {}).get("batchItemFailures", [])}
        for message in batch:
            message.receives += 1
            if message.id not in failed:
                self.done.append(message)
            elif message.receives >= RECEIVES:
                self.dead.append(message)
            else:
                self.visible.insert(self.chance.randint(0, len(self.visible)), message)

    def record(self, message: Queued) -> dict:
        """Returns the record as Lambda gets it: delivered raw, or in the envelope of SNS."""
        body = message.body
        if self.chance.random() < 0.3:
            body = json.dumps({"Type": "Notification", "MessageId": message.id, "TopicArn": "arn:aws:sns:eu-central-1:111122223333:feedback",
                               "Message": body, "Timestamp": "2026-10-06T07:14:04.777Z"})  # fmt: skip
        return {
            "messageId": message.id, "receiptHandle": "r", "body": body, "attributes": {"ApproximateReceiveCount": str(message.receives + 1)},
            "messageAttributes": {}, "md5OfBody": "0", "eventSource": "aws:sqs", "awsRegion": "eu-central-1",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:feedback",
        }  # fmt: skip
