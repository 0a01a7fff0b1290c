"""The proxy between one environment and AWS: it makes calls suffer what the plan says.

It also notes what AWS has carried out, because only the wire shows that: a call whose answer is lost
was made all the same.
"""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from harms import HUGE, error_answer, garbage, is_partial_possible, partial, skewed
from http_streams import Message, encode, read_message
from lambda_runtime import Environment, Invocation
from operations import operation_of, plain_body, protocol_of
from plan import Harm, Plan

# What the ledger is compared with.
NOTED = (
    "PutMetricData", "Publish", "PutConfigurationSetSendingOptions", "PutAccountSendingAttributes", "DeleteSuppressedDestination",
    "PutSuppressedDestination", "CreateImportJob",
)  # fmt: skip


@dataclass
class Effect:
    """A call that AWS carried out."""

    function: str
    operation: str
    path: str
    body: bytes


@dataclass
class Weather:
    """The harms of a campaign, and what happened so far. All gateways share it."""

    plan: Plan
    is_on: bool = True
    calls: Counter = field(default_factory=Counter)
    done: list[Harm] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    # A defect that is planted to see whether the ledger notices it.
    plant: Callable[["Gateway", str, Message], bytes | None] | None = None
    harms: dict[tuple[str, str, int], Harm] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.harms = {(harm.function, harm.operation, harm.nth): harm for harm in self.plan.harms}

    def harm_of(self, function: str, operation: str) -> Harm | None:
        self.calls[function, operation] += 1
        harm = self.harms.get((function, operation, self.calls[function, operation]))
        if harm and self.is_on:
            self.done.append(harm)
            return harm
        return None


class Gateway:
    """Serves one environment."""

    def __init__(self, environment: Environment, aws: str, ses: str) -> None:
        self.environment = environment
        self.aws, self.ses = urlsplit(aws), urlsplit(ses)
        self.weather: Weather | None = None
        # A call that a planted defect makes beside the function's own.
        self.beside: Message | None = None
        self.server: asyncio.Server | None = None

    async def listen(self) -> None:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.url = "http://127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]

    def close(self) -> None:
        if self.server:
            self.server.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while request := await read_message(reader):
                answer = await self.handle(request)
                if answer is None:
                    writer.transport.abort()
                    return
                writer.write(answer)
                await writer.drain()
        writer.close()

    async def handle(self, request: Message) -> bytes | None:
        """Returns the answer on the wire; None to break the connection."""
        weather, operation = self.weather, operation_of(request)
        if weather.plant and (planted := weather.plant(self, operation, request)) is not None:
            return planted
        if self.beside:
            extra, self.beside = self.beside, None
            await self.forward(operation_of(extra), extra)
        harm = weather.harm_of(self.environment.function, operation)
        if harm is None:
            return wire(request, await self.forward(operation, request))
        return await self.suffer(harm, operation, request)

    async def suffer(self, harm: Harm, operation: str, request: Message) -> bytes | None:
        kind, protocol = harm.kind, protocol_of(request)
        if kind == "partial" and not is_partial_possible(operation):
            kind = "throttle"
        match kind:
            case "throttle":
                return error_answer(protocol, 429 if protocol == "rest" else 400, "ThrottlingException")
            case "server_error":
                return error_answer(protocol, 503, "ServiceUnavailable")
            case "skewed_clock":
                return skewed(protocol)
            case "huge":
                return encode("HTTP/1.1 200 OK", {"content-type": "application/json"}, HUGE)
            case "slow":
                answer = await self.forward(operation, request)
                await asyncio.sleep(harm.seconds)
                return wire(request, answer)
            case "partial":
                return wire(request, partial(operation, await self.forward(operation, request)))
        if kind.endswith("_after"):
            await self.forward(operation, request, is_lost=True)
        if kind.startswith("garbage"):
            return garbage()
        if kind.startswith("hang"):
            await asyncio.sleep(harm.seconds)
        if kind.startswith("kill"):
            await self.environment.kill()
        return None

    async def forward(self, operation: str, request: Message, *, is_lost: bool = False) -> Message:
        # The process may die, and the next begin, before the answer is here.
        current = self.environment.current
        upstream = self.ses if protocol_of(request) == "rest" else self.aws
        answer = await send(upstream.hostname, upstream.port, request)
        if answer.status < 300 and operation in NOTED:
            self.note(operation, request, current, is_lost=is_lost)
        return answer

    def note(self, operation: str, request: Message, current: Invocation | None, *, is_lost: bool) -> None:
        self.weather.effects.append(Effect(self.environment.function, operation, unquote(request.path), plain_body(request)))
        if operation == "PutMetricData" and current and current.events:
            current.applied += 1
            current.uncertain += is_lost


async def send(host: str, port: int, request: Message) -> Message:
    """Sends a request on a connection of its own."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        first = request.first
        writer.write(encode(first, {**request.headers, "connection": "close"}, request.body))
        await writer.drain()
        answer = await read_message(reader, has_body=request.method != "HEAD")
    finally:
        writer.close()
    if answer is None:
        raise ConnectionResetError("the local AWS closed the connection")
    return answer


def wire(request: Message, answer: Message) -> bytes:
    return encode(answer.first, answer.headers, answer.body, length=request.method != "HEAD")


def sending_of(effect: Effect) -> tuple[str, bool]:
    """Returns what a call to SES's switches switched, and whether on."""
    on = bool(json.loads(effect.body or b"{}").get("SendingEnabled", False))
    if effect.operation == "PutAccountSendingAttributes":
        return "account", on
    return effect.path.split("/")[-2], on
