"""A proxy between one function and the local AWS, with which a test can make calls fail.

The function's AWS_ENDPOINT_URL points here. The proxy forwards everything to the local AWS, except
what a rule stops. Calls to SES do not pass here, because local-ses can fail calls itself.
"""

import contextlib
import gzip
import http.client
import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from warden_local.storm import processes_of

CBOR = re.compile(r"/operation/(\w+)$")
QUERY = re.compile(rb"(?:^|&)Action=(\w+)")


@dataclass
class Rule:
    """Makes the calls of one operation fail, a number of times."""

    operation: str
    harm: Callable[["Call"], None]
    # In the body, uncompressed; PutItem has the item's fields there, for one.
    holds: bytes = b""
    times: int = 1
    # Every n-th such call.
    every: int = 1
    seen: int = 0
    done: int = 0

    def wants(self, operation: str, body: bytes) -> bool:
        if operation != self.operation or self.holds not in body or self.done >= self.times:
            return False
        self.seen += 1
        if self.seen % self.every:
            return False
        self.done += 1
        return True


@dataclass
class Call:
    """A request on its way to AWS."""

    # Or JSON, as DynamoDB speaks it, or AWS's query protocol.
    cbor: bool
    json: bool
    forward: Callable[[], tuple[int, list[tuple[str, str]], bytes]]
    answer: Callable[[int, list[tuple[str, str]], bytes], None]
    drop: Callable[[], None]


@dataclass
class Wire:
    """The rules, and the calls that passed."""

    upstream: str
    rules: list[Rule] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def rule(self, operation: str, harm: Callable[[Call], None], **more: object) -> Rule:
        rule = Rule(operation, harm, **more)
        self.rules.append(rule)
        return rule

    def rule_for(self, operation: str, body: bytes) -> Rule | None:
        with self.lock:
            self.operations.append(operation)
            return next((rule for rule in self.rules if rule.wants(operation, body)), None)


def kill(function: str, *, after: bool = False) -> Callable[[Call], None]:
    """Kills the function's processes with SIGKILL, before the call arrives or after it is done."""

    def harm(call: Call) -> None:
        if after:
            call.forward()
        for process in processes_of(function):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        call.drop()

    return harm


def refuse(status: int, code: str) -> Callable[[Call], None]:
    """Answers with an error of the service, in the protocol of the call, without forwarding it."""

    def harm(call: Call) -> None:
        if call.cbor:
            # RPC v2 CBOR: a map of two texts.
            body = b"\xa2" + b"".join(map(cbor_text, ["__type", code, "message", "by a test"]))
            headers = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
        elif call.json:
            body = json.dumps({"__type": f"com.amazonaws#{code}", "message": "by a test"}).encode()
            headers = [("Content-Type", "application/x-amz-json-1.0")]
        else:
            error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>by a test</Message></Error>"
            body = f"<ErrorResponse>{error}<RequestId>by-a-test</RequestId></ErrorResponse>".encode()
            headers = [("Content-Type", "text/xml")]
        call.answer(status, headers, body)

    return harm


def cbor_text(text: str) -> bytes:
    """RFC 8949, major type 3, up to 255 bytes."""
    utf8 = text.encode()
    return (bytes([0x60 + len(utf8)]) if len(utf8) < 24 else bytes([0x78, len(utf8)])) + utf8


def hang(seconds: float) -> Callable[[Call], None]:
    """Gives no answer for a time and then closes the connection, without forwarding the call."""

    def harm(call: Call) -> None:
        time.sleep(seconds)
        call.drop()

    return harm


@contextlib.contextmanager
def wire_of(aws, stack, function: str) -> Iterator[Wire]:
    """Puts a wire between a function of the stack and the local AWS."""
    wire = Wire(aws.endpoint)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(wire))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    functions = aws.client("lambda")
    name = stack.outputs[f"{function.capitalize()}FunctionName"]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{server.server_port}"
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    try:
        yield wire
    finally:
        # No process may keep calling this address after it is closed.
        for process in processes_of(function):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        server.shutdown()
        server.server_close()
        thread.join()


def handler(wire: Wire) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            plain = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            target = self.headers.get("X-Amz-Target", "")
            rule = wire.rule_for(operation_of(self.path, plain, target), plain)
            if rule:
                cbor = CBOR.search(self.path) is not None
                rule.harm(Call(cbor, bool(target), lambda: self.forward(body), self.answer, self.drop))
            else:
                self.answer(*self.forward(body))

        do_GET = do_PUT = do_DELETE = do_HEAD = do_POST

        def forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            upstream = http.client.HTTPConnection(urlsplit(wire.upstream).netloc, timeout=60)
            try:
                upstream.request(self.command, self.path, body, dict(self.headers))
                answer = upstream.getresponse()
                return answer.status, answer.getheaders(), answer.read()
            finally:
                upstream.close()

        def answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            with contextlib.suppress(ConnectionError):
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def drop(self) -> None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(2)

        def handle(self) -> None:
            # A function that is killed leaves its connections broken.
            with contextlib.suppress(ConnectionError):
                super().handle()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def operation_of(path: str, body: bytes, target: str) -> str:
    if target:
        return target.split(".")[-1]
    found = CBOR.search(path)
    if found:
        return found[1]
    asked = QUERY.search(body[:2000])
    return asked[1].decode() if asked else path
