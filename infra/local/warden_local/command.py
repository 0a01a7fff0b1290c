"""The operator's command, against the local AWS."""

import subprocess
from pathlib import Path

from warden_local.local_aws import CREDENTIALS, REGION, LocalAws, base_environment
from warden_local.problem import Problem


def environment(aws: LocalAws) -> dict[str, str]:
    """What the command needs to get there."""
    return {
        **base_environment(),
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ENDPOINT_URL_SESV2": aws.ses_endpoint,
    }


def ses_warden(aws: LocalAws, binary: Path, *arguments: str) -> str:
    """What the command prints."""
    done = subprocess.run([binary, *arguments], env=environment(aws), capture_output=True, text=True)
    if done.returncode:
        raise Problem(f"ses-warden {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout
