"""Lambda in a few lines: runs one built function and hands it events. moto's needs containers."""

import contextlib
import json
import queue
import subprocess
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

ANSWER_SECONDS = 120


class Function:
    """One environment of a function."""

    def __init__(self, name: str, binary: Path, variables: Mapping[str, str]) -> None:
        self.name, self.binary, self.variables = name, binary, variables
        self.events: queue.Queue[bytes | None] = queue.Queue()
        self.answers: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.log: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        environment = {
            **self.variables,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
            "AWS_LAMBDA_LOG_GROUP_NAME": "group",
        }
        self.process = subprocess.Popen([self.binary], env=environment, stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stdout), daemon=True)
        self.reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        # Ends the wait of the process that is no more.
        self.events.put(None)
        self.server.shutdown()
        self.server.server_close()

    def invoke(self, event: Any) -> Any:
        """What it answers to an event; an error of the function fails."""
        self.events.put(json.dumps(event).encode())
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(queue.Empty):
                kind, answer = self.answers.get(timeout=0.5)
                assert kind == "response", (kind, answer, self.log)
                return answer
        raise AssertionError(f"{self.name} did not answer: {self.log}")


def handler(function: Function) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            event = function.events.get()
            if event is None:
                self.close_connection = True
                return
            deadline = str(int((time.time() + ANSWER_SECONDS) * 1000))
            arn = f"arn:aws:lambda:eu-central-1:111122223333:function:{function.name}"
            self.answer(
                event,
                {
                    "Lambda-Runtime-Aws-Request-Id": "1",
                    "Lambda-Runtime-Deadline-Ms": deadline,
                    "Lambda-Runtime-Invoked-Function-Arn": arn,
                },
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            function.answers.put((self.path.rpartition("/")[2], json.loads(body)))
            self.answer(b"{}", {})

        def answer(self, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response_only(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):
                super().handle()

        def log_message(self, *_: object) -> None:
            pass

    return Handler
