"""The local AWS: ministack with our corrections, and local-ses for Amazon SES."""

import json
import os
import socket
import sys
import urllib.request
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from warden_local.local_ses_log import address_in, log_of
from warden_local.problem import Problem
from warden_local.processes import Processes
from warden_local.waiting import wait_until

REGION = "eu-central-1"
ACCOUNT = "111122223333"
# The account's root, to ministack; functions get credentials of their roles.
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class LocalAws:
    """Both servers, and clients for them."""

    def __init__(self, processes: Processes, local_ses: Path, logs: Path, port: int | None = None) -> None:
        self.processes = processes
        self.logs = logs
        self.port = port or free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.start_ministack()
        self.ses_endpoint = self.start_local_ses(local_ses)

    def start_ministack(self) -> None:
        state = self.processes.folder()
        environment = {
            **base_environment(),
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            "TMPDIR": str(state),
            "STATE_DIR": str(state),
            "S3_DATA_DIR": str(state / "s3"),
            # Functions may do what their roles say and nothing else.
            "AUTH": "true",
            # Services that open further ports, and one that removes old containers.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": f"unix://{state / 'no-docker.sock'}",
        }
        command = [sys.executable, "-m", "warden_local.emulator", self.logs]
        self.processes.start("ministack", command, self.logs / "ministack.log", environment)
        wait_until("ministack answers", self.is_ministack_ready)

    def is_ministack_ready(self) -> bool:
        self.processes.check()
        try:
            request(f"{self.endpoint}/_ministack/health")
        except OSError:
            return False
        return True

    def upstream(self) -> str:
        """Returns where local-ses publishes events."""
        return self.endpoint

    def start_local_ses(self, program: Path) -> str:
        environment = {
            **base_environment(),
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
        }
        command = [program, "--listen", "127.0.0.1:0", "--upstream", self.upstream(), "--account-id", ACCOUNT]
        self.processes.start("local-ses", command, log_of(self.logs), environment)

        def address() -> str | None:
            self.processes.check()
            return address_in(self.logs)

        return wait_until("local-ses listens", address)

    def client(self, service: str) -> Any:
        endpoint = self.ses_endpoint if service in ("ses", "sesv2") else self.endpoint
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=32)
        return boto3.client(service, region_name=REGION, endpoint_url=endpoint, config=config, **CREDENTIALS)

    def ses_control(self, method: str, path: str, body: Any = None) -> Any:
        """Returns a client for the control plane of local-ses."""
        return request(f"{self.ses_endpoint}/_local/{path}", method, body)

    def reset(self) -> None:
        """Deletes everything: stacks, queues, functions, mail."""
        request(f"{self.endpoint}/_ministack/reset", "POST")
        self.ses_control("POST", "reset")


def base_environment() -> dict[str, str]:
    """Returns our environment variables without the user's AWS settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "WARDEN_"))}


def request(url: str, method: str = "GET", body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Problem(f"Port {port} of 127.0.0.1 is in use ({error.strerror}); give another, or none.") from error
