"""SQS event source mappings, where ministack 1.5.33 differs from AWS.

In ministack a mapping takes at most ten messages at a time, whatever its batch size. Lambda takes as
many as the mapping allows, until the payload reaches 6 MB. The batching window is not simulated: a
batch is what waits at the moment.
"""

from ministack.services import sqs

LARGEST_BATCH = 10_000
LARGEST_PAYLOAD = 6 * 1024 * 1024
# Roughly the bytes that Lambda adds to a body.
RECORD_OVERHEAD = 1024


def correct() -> None:
    sqs._receive_messages_for_esm = receive


def receive(queue_url: str, batch_size: int) -> list[dict]:
    with sqs._queues_lock:
        queue = sqs._get_q(queue_url)
        sqs._expire_retained(queue)
        sqs._dlq_sweep(queue)
        limit = min(fitting(queue["messages"]), int(batch_size or 10), LARGEST_BATCH)
        return sqs._collect_msgs(queue, limit, int(queue["attributes"].get("VisibilityTimeout", "30")))


def fitting(messages: list[dict]) -> int:
    """Returns how many messages as long as the longest one fit into the payload."""
    longest = max((len(message["body"]) for message in messages), default=0)
    return LARGEST_PAYLOAD // (longest + RECORD_OVERHEAD)
