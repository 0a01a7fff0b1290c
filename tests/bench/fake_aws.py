"""An AWS that says yes to every call, and counts the calls by service."""

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeAws:
    """Listens on loopback."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        calls = self.calls

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                kind, body = "application/json", b"{}"
                if self.headers.get("smithy-protocol") == "rpc-v2-cbor":
                    kind, body = "application/cbor", b"\xa0"
                elif self.path.startswith("/v2/email/"):
                    calls[f"SES {self.command} {self.path.split('?')[0]}"] += 1
                else:
                    calls["other"] += 1
                if "PutMetricData" in self.path or "PutMetricData" in self.headers.get("X-Amz-Target", ""):
                    calls["PutMetricData"] += 1
                self.send_response(200)
                self.send_header("Content-Type", kind)
                if kind == "application/cbor":
                    self.send_header("smithy-protocol", "rpc-v2-cbor")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_: object) -> None:
                pass

        return Handler
