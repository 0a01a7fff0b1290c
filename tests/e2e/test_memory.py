"""suppress has 128 MB, also for the largest import job of the longest addresses.

The function's binary runs alone here, against a Lambda runtime, an S3 and an SES of a few lines each,
because a local AWS would copy the large files too often.
"""

import contextlib
import json
import os
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

ADDRESSES = 100_000
LENGTH = 320
# The runtime needs a part of the template's 128 MB.
MOST_MB = 112
SCHEDULE = json.dumps({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}).encode()
FOLDER = "suppress/eu-central-1/"

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")


def address(number):
    """Returns an address of 320 characters, the most that RFC 5321 allows: 64, @ and 255."""
    local = f"{number:06}".ljust(64, "x")
    return f"{local}@{'.'.join(['d' * 60] * 4)}.example.org"[:LENGTH]


def entry(number, **more):
    return json.dumps({"emailAddress": address(number), "reason": "BOUNCE", **more}, separators=(",", ":")) + "\n"


class Cloud:
    """The runtime's queue of invocations, the bucket, and the jobs."""

    def __init__(self):
        self.objects, self.failed_records, self.invocations = {}, b"", []
        self.answers, self.job = threading.Semaphore(0), {"JobStatus": "PROCESSING"}
        self.imported = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.host = f"127.0.0.1:{self.server.server_port}"


def handler(cloud):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            url = urlsplit(self.path)
            if url.path.endswith("/invocation/next"):
                while not cloud.invocations:
                    time.sleep(0.01)
                deadline = str(int((time.time() + 60) * 1000))
                headers = {"Lambda-Runtime-Aws-Request-Id": "1", "Lambda-Runtime-Deadline-Ms": deadline}
                return self.answer(cloud.invocations.pop(), headers)
            if url.path == "/failed-records":
                return self.answer(cloud.failed_records)
            if url.path.startswith("/v2/email/import-jobs/"):
                return self.answer(json.dumps(cloud.job).encode())
            if url.path.startswith("/v2/email/suppression/addresses/"):
                return self.answer(b"{}", {"x-amzn-errortype": "NotFoundException"}, 404)
            if url.path == "/v2/email/suppression/addresses":
                return self.answer(b'{"SuppressedDestinationSummaries":[]}')
            if url.path.startswith("/v2/email/"):
                return self.answer(b"{}")
            key = url.path.partition("/imports/")[2]
            if key in cloud.objects:
                return self.answer(cloud.objects[key])
            if key:
                return self.answer(b"<Error><Code>NoSuchKey</Code></Error>", status=404)
            prefix = parse_qs(url.query).get("prefix", [""])[0]
            keys = sorted(key for key in cloud.objects if key.startswith(prefix))
            contents = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
            return self.answer(f"<ListBucketResult>{contents}</ListBucketResult>".encode())

        def do_PUT(self):
            body = self.body()
            if "/imports/" in self.path:
                cloud.objects[self.path.partition("/imports/")[2].partition("?")[0]] = body
            self.answer(b"" if "/imports/" in self.path else b"{}")

        def do_DELETE(self):
            cloud.objects.pop(self.path.partition("/imports/")[2].partition("?")[0], None)
            self.answer(b"", status=204)

        def do_POST(self):
            body = self.body()
            if self.path.endswith("/response") or self.path.endswith("/error"):
                cloud.answers.release()
                return self.answer(b"{}", status=202)
            if self.path.endswith("/import-jobs"):
                key = json.loads(body)["ImportDataSource"]["S3Url"].partition("s3://imports/")[2]
                cloud.imported = cloud.objects[key].count(b"\n")
                return self.answer(b'{"JobId":"job-1"}')
            return self.answer(b"\xa0", {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"})

        def body(self):
            if self.headers.get("Transfer-Encoding") != "chunked":
                return decoded(self.rfile.read(int(self.headers.get("Content-Length", "0"))), self.headers)
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(parts)

        def answer(self, body, headers=None, status=200):
            with contextlib.suppress(ConnectionError):
                self.send_response_only(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def handle(self):
            with contextlib.suppress(ConnectionError):
                super().handle()

        def log_message(self, *_):
            pass

    return Handler


def decoded(body, headers):
    """Returns a body without its chunk framing and trailing checksum."""
    if "aws-chunked" not in headers.get("Content-Encoding", ""):
        return body
    parts = []
    while True:
        size, _, body = body.partition(b"\r\n")
        count = int(size.split(b";")[0], 16)
        if count == 0:
            return b"".join(parts)
        parts.append(body[:count])
        body = body[count + 2 :]


@pytest.fixture
def cloud():
    started = Cloud()
    yield started
    started.server.shutdown()
    started.server.server_close()


@pytest.fixture
def import_run(cloud, binaries):
    """Invokes suppress once by its schedule; returns its largest memory use in MB."""
    environment = {
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_ENDPOINT_URL": f"http://{cloud.host}",
        "AWS_LAMBDA_RUNTIME_API": cloud.host,
        "AWS_LAMBDA_FUNCTION_NAME": "suppress",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
        "AWS_LAMBDA_LOG_GROUP_NAME": "group",
        "WARDEN_BUCKET": "imports",
        "WARDEN_SES_CALLS_PER_SECOND": "1000",
    }
    log = []
    process = subprocess.Popen([binaries["suppress"]], env=environment, stdout=subprocess.PIPE, text=True)
    reader = threading.Thread(target=lambda: log.extend(process.stdout), daemon=True)
    reader.start()

    def one():
        cloud.invocations.append(SCHEDULE)
        assert cloud.answers.acquire(timeout=180), log
        assert process.poll() is None, log
        status = Path(f"/proc/{process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    yield one
    process.kill()
    process.wait()
    reader.join()
    process.stdout.close()


def waiting(cloud, place):
    files = [body for key, body in cloud.objects.items() if key.startswith(f"{FOLDER}{place}/")]
    return sum(body.count(b"\n") for body in files)


def test_a_job_of_the_longest_addresses_of_which_all_failed(cloud, import_run):
    key = f"{FOLDER}jobs/1.ndjson"
    cloud.objects[key] = "".join(entry(number) for number in range(ADDRESSES)).encode()
    job = {"id": "job-1", "key": key, "addresses": ADDRESSES, "since": int(time.time())}
    cloud.objects[f"{FOLDER}state.json"] = json.dumps({"busy": True, "job": job}).encode()
    error = "the address is no valid address, or so SES says; " * 6
    cloud.failed_records = "".join(entry(number, error=error) for number in range(ADDRESSES)).encode()
    cloud.job = {
        "JobStatus": "COMPLETED",
        "FailedRecordsCount": ADDRESSES,
        "FailureInfo": {"FailedRecordsS3Url": f"http://{cloud.host}/failed-records"},
    }
    most = import_run()
    print(f"failed records of {len(cloud.failed_records) / 1e6:.0f} MB: {most:.0f} MB")
    assert waiting(cloud, "single") == ADDRESSES
    assert waiting(cloud, "jobs") == 0
    assert most < MOST_MB


def test_staged_files_of_the_longest_addresses_become_a_job(cloud, import_run):
    for first in range(0, ADDRESSES, 500):
        lines = "".join(entry(number) for number in range(first, first + 500))
        cloud.objects[f"{FOLDER}staged/{first:06}.ndjson"] = lines.encode()
    most = import_run()
    print(f"a job of {ADDRESSES} addresses: {most:.0f} MB")
    assert cloud.imported == ADDRESSES
    assert waiting(cloud, "staged") == 0
    assert most < MOST_MB
