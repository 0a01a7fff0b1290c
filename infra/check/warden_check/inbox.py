"""A queue that hears a topic for as long as a question takes."""

import json

from warden_check.world import World


class Inbox:
    """Subscribed on entry, deleted on exit; raw messages."""

    def __init__(self, world: World, topic: str, purpose: str) -> None:
        self.world, self.topic = world, topic
        self.name = f"{world.name}-{purpose}"
        self.sqs, self.sns = world.client("sqs"), world.client("sns")
        self.read_so_far: list[str] = []

    def __enter__(self) -> "Inbox":
        self.url = self.sqs.create_queue(QueueName=self.name)["QueueUrl"]
        wanted = ["QueueArn"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=wanted)["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": self.topic}},
        }  # fmt: skip
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})
        self.subscription = self.sns.subscribe(
            TopicArn=self.topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"},
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self.sns.unsubscribe(SubscriptionArn=self.subscription)
        self.sqs.delete_queue(QueueUrl=self.url)

    def read(self) -> list[str]:
        """All that came so far."""
        answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            self.read_so_far.append(message["Body"])
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return self.read_so_far
