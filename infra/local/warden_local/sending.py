"""Sends mail as an application does, with the SES v2 API."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from warden_local.cast import Letter

PARALLEL = 8


def send(ses: Any, letter: Letter) -> str:
    """Sends a letter and returns its message id."""
    content = {
        "Subject": {"Data": f"News from {letter.sender.domain}"},
        "Body": {"Text": {"Data": "Hello."}},
    }
    answer = ses.send_email(
        FromEmailAddress=letter.sender.address,
        Destination={"ToAddresses": [letter.recipient]},
        Content={"Simple": content},
        ConfigurationSetName=letter.sender.configuration_set,
    )
    return answer["MessageId"]


def send_all(ses: Any, letters: Iterable[Letter]) -> dict[str, Letter]:
    """Sends all letters and returns them by message id."""
    with ThreadPoolExecutor(PARALLEL) as threads:
        letters = list(letters)
        return dict(zip(threads.map(lambda letter: send(ses, letter), letters), letters))


def refusal(ses: Any, letter: Letter) -> str | None:
    """Returns the error code with which SES refuses the letter; None if it accepts it."""
    try:
        send(ses, letter)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None
