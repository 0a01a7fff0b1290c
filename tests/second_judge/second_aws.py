"""Another AWS than the one of tests/e2e: moto's server, with local-ses for Amazon SES."""

import os
from pathlib import Path

from warden_local import paths
from warden_local.local_aws import ACCOUNT, CREDENTIALS, REGION, LocalAws, base_environment, free_port, request
from warden_local.processes import Processes
from warden_local.waiting import wait_until

SERVER = paths.ROOT / ".local" / "moto" / "bin" / "moto_server"


class SecondAws(LocalAws):
    """Clients go to moto; functions and the command go to CloudWatch by way of the shim."""

    def __init__(self, processes: Processes, local_ses: Path, logs: Path) -> None:
        self.processes = processes
        self.logs = logs
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        environment = {**base_environment(), "MOTO_ACCOUNT_ID": ACCOUNT}
        command = [SERVER, "-H", "127.0.0.1", "-p", str(self.port)]
        processes.start("moto", command, logs / "moto.log", environment)
        wait_until("moto answers", self.is_ready)
        self.ses_endpoint = self.start_local_ses(local_ses)

    def is_ready(self) -> bool:
        self.processes.check()
        try:
            request(f"{self.endpoint}/moto-api/data.json")
        except OSError:
            return False
        return True

    def reset(self) -> None:
        request(f"{self.endpoint}/moto-api/reset", "POST")
        self.ses_control("POST", "reset")

    def variables(self, cloudwatch: str) -> dict[str, str]:
        """The environment of a function or of the command."""
        return {
            "PATH": os.environ["PATH"],
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_SESV2": self.ses_endpoint,
            "AWS_ENDPOINT_URL_CLOUDWATCH": cloudwatch,
        }
