"""Defects that are planted on the wire, to show that the ledger finds them.

Each stands for a defect of a function as AWS would see it.
"""

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode

import cbor2

from gateway import Gateway
from http_streams import Message, encode
from story import SHOP

Plant = Callable[[Gateway, str, Message], bytes | None]
# RPC v2 CBOR's empty answer.
NOTHING = cbor2.dumps({})


def lost_put() -> Plant:
    """A function that drops a retry: one entry is acknowledged, and never made."""
    done = []

    def plant(gateway: Gateway, operation: str, request: Message) -> bytes | None:
        if operation == "PutSuppressedDestination":
            done.append(json.loads(request.body)["EmailAddress"])
            if done[-1] == done[0]:
                return encode("HTTP/1.1 200 OK", {"content-type": "application/json"}, b"{}")
        return None

    return plant


def lost_count() -> Plant:
    """A function that forgets a batch: one PutMetricData is acknowledged, and never made."""
    done = []

    def plant(gateway: Gateway, operation: str, request: Message) -> bytes | None:
        if operation == "PutMetricData" and gateway.environment.function == "metrics" and not done:
            done.append(operation)
            headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
            return encode("HTTP/1.1 200 OK", headers, NOTHING)
        return None

    return plant


def beside(act: Callable[[Gateway, Message], Message], operation: str) -> Plant:
    """Makes another call, once, beside one of a function's own."""
    done = []

    def plant(gateway: Gateway, found: str, request: Message) -> bytes | None:
        if found == operation and not done:
            done.append(gateway)
            gateway.beside = act(gateway, request)
        return None

    return plant


def twice_notified() -> Plant:
    """A guard that notifies twice of the same thing, with two ids."""

    def again(_: Gateway, request: Message) -> Message:
        fields = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        for name, value in fields.items():
            if name.endswith(".Name") and value == "id":
                fields[name.removesuffix(".Name") + ".Value.StringValue"] += "/again"
        return Message(request.first, request.headers, urlencode(fields).encode())

    return beside(again, "Publish")


def causeless_pause() -> Plant:
    """A guard that pauses a set whose rates are fine."""

    def pause(_: Gateway, request: Message) -> Message:
        first = f"PUT /v2/email/configuration-sets/{SHOP.configuration_set}/sending HTTP/1.1"
        return Message(first, request.headers, b'{"SendingEnabled":false}')

    return beside(pause, "GetAccount")


def foreign_rescue() -> Plant:
    """A suppress that takes an entry off the list that a person made."""

    def delete(gateway: Gateway, request: Message) -> Message:
        address = f"old-{gateway.weather.plan.seed}%40quiet.example.net"
        return Message(f"DELETE /v2/email/suppression/addresses/{address} HTTP/1.1", request.headers, b"")

    return beside(delete, "PutSuppressedDestination")


PLANTS: dict[str, Callable[[], Plant]] = {
    "lost_put": lost_put,
    "lost_count": lost_count,
    "twice_notified": twice_notified,
    "causeless_pause": causeless_pause,
    "foreign_rescue": foreign_rescue,
}
