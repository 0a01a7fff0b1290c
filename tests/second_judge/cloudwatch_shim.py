"""CloudWatch for the Rust SDK, in front of moto: RPC v2 CBOR, which moto does not speak.

Each request becomes a call of botocore, which holds it against CloudWatch's model before moto
sees it, and each answer goes back as CBOR. What botocore refuses is kept in ``refused``: AWS
would refuse it too.
"""

import contextlib
import gzip
import re
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import cbor2
from botocore.exceptions import ClientError, ParamValidationError

OPERATION = re.compile(r"/service/GraniteServiceVersion20100801/operation/(\w+)$")


class CloudWatchShim:
    """The server, its address, and what came by."""

    def __init__(self, cloudwatch: Any) -> None:
        self.cloudwatch = cloudwatch
        self.methods = {name: method for method, name in cloudwatch.meta.method_to_api_mapping.items()}
        self.operations: list[str] = []
        self.refused: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, operation: str, parameters: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body of one call."""
        self.operations.append(operation)
        try:
            answer = getattr(self.cloudwatch, self.methods[operation])(**parameters)
        except ParamValidationError as error:
            self.refused.append(f"{operation}: {error}")
            return 400, {"__type": "ValidationError", "message": str(error)}
        except ClientError as error:
            details = error.response["Error"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return status, {"__type": details["Code"], "message": details.get("Message", "")}
        del answer["ResponseMetadata"]
        return 200, answer


def handler(shim: CloudWatchShim) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            operation = OPERATION.search(self.path)[1]
            status, answer = shim.answer(operation, cbor2.loads(body))
            self.send_response_only(status)
            # Times as CBOR's epoch, of which Smithy knows no other form.
            packed = cbor2.dumps(in_utc(answer), datetime_as_timestamp=True)
            for name, value in (
                ("smithy-protocol", "rpc-v2-cbor"),
                ("Content-Type", "application/cbor"),
                ("Content-Length", str(len(packed))),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(packed)

        def handle(self) -> None:
            # A function that is ended leaves its connections broken.
            with contextlib.suppress(ConnectionError):
                super().handle()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def in_utc(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: in_utc(item) for key, item in value.items()}
    if isinstance(value, list):
        return [in_utc(item) for item in value]
    return value.astimezone(UTC) if isinstance(value, datetime) else value
