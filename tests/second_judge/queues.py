"""A queue of moto's, and the event with which Lambda gives its messages to a function."""

from collections.abc import Iterator
from typing import Any

from warden_local.local_aws import REGION

# As the template has it for suppress and metrics.
BATCH = 500


class Queue:
    """A queue that something is delivered to."""

    def __init__(self, aws: Any, name: str) -> None:
        self.sqs = aws.client("sqs")
        self.url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn = attributes["Attributes"]["QueueArn"]

    def messages(self) -> list[dict]:
        """All that is there, once; moto delivers within the call that publishes."""
        messages: list[dict] = []
        while found := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            entries = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(found)]
            self.sqs.delete_message_batch(QueueUrl=self.url, Entries=entries)
            messages += found
        return messages

    def bodies(self) -> list[str]:
        return [message["Body"] for message in self.messages()]

    def events(self) -> Iterator[dict]:
        """What an event source mapping would hand over."""
        messages = self.messages()
        for first in range(0, len(messages), BATCH):
            yield {"Records": [self.record(message) for message in messages[first : first + BATCH]]}

    def record(self, message: dict) -> dict:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self.arn,
            "awsRegion": REGION,
        }
