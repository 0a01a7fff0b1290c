"""Lambda's Runtime API on loopback, and a function's process that is measured through it.

`Process.start` ends when the function asks for its first invocation. `Process.invoke` hands it one
and ends with its answer. Both say what the process took: CPU of the whole process by the kernel's
clock of it, and wall time.
"""

import json
import os
import queue
import subprocess
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NEXT = "/2018-06-01/runtime/invocation/next"
PATIENCE = 120


@dataclass(frozen=True)
class Cost:
    """What a start or an invocation took, in milliseconds."""

    cpu: float
    wall: float


class RuntimeApi:
    """Serves one function at a time."""

    def __init__(self) -> None:
        self.asked: queue.Queue[float] = queue.Queue()
        self.events: queue.Queue[bytes] = queue.Queue()
        self.answers: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self.server.server_port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                api.asked.put(time.monotonic())
                body = api.events.get()
                if not body:
                    return
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 60_000))
                arn = "arn:aws:lambda:eu-central-1:111122223333:function:bench"
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", arn)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                if self.headers.get("Transfer-Encoding") == "chunked":
                    body = self.read_chunks()
                else:
                    body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                api.answers.put((self.path, body))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def read_chunks(self) -> bytes:
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def log_message(self, *_: object) -> None:
                pass

        return Handler


class Process:
    """A running function."""

    def __init__(self, api: RuntimeApi, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.api, self.log = api, log
        self.begin = time.monotonic()
        with log.open("ab") as output:
            self.process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        # The kernel's clock of a process, see clock_getcpuclockid(3).
        self.clock = ~self.process.pid << 3 | 2

    def start(self) -> Cost:
        """Waits until the function asks for an invocation."""
        asked = self._wait(self.api.asked)
        return Cost(self._cpu(), (asked - self.begin) * 1000)

    def invoke(self, payload: bytes) -> Cost:
        """Hands over an invocation and returns what it took until the function asks for the next."""
        cpu, begin = self._cpu(), time.monotonic()
        self.api.events.put(payload)
        path, body = self._wait(self.api.answers)
        wall = time.monotonic() - begin
        self._wait(self.api.asked)
        assert path.endswith("/response"), f"{path}: {body[:500]!r}, see {self.log}"
        assert json.loads(body) == {"batchItemFailures": []}, f"not everything was counted: {body[:500]!r}"
        return Cost(self._cpu() - cpu, wall * 1000)

    def peak_memory(self) -> float:
        """Returns the most memory that was resident, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024

    def stop(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.wait()
        self.api.events.put(b"")

    def _cpu(self) -> float:
        return time.clock_gettime(self.clock) * 1000

    def _wait(self, line: queue.Queue) -> object:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                return line.get(timeout=0.5)
            except queue.Empty:
                if self.process.poll() is not None:
                    break
        raise RuntimeError(f"the function ended or hangs, see {self.log}: {self.process.poll()}")


def environment(api: RuntimeApi, aws: str, extra: dict[str, str]) -> dict[str, str]:
    """Returns what Lambda and a fake AWS put into a function's environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/bench",
        "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "AWS_SESSION_TOKEN": "EXAMPLE",
        "AWS_ENDPOINT_URL": aws,
        **extra,
    }
