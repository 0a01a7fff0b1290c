"""Where the numbers of a dashboard come from: sample data, or the CloudWatch of a local run."""

from typing import Protocol

from warden_local.series import Readable


class Source(Protocol):
    # As the page says it, after "drawn".
    origin: str
    # What is in view, in seconds since 1970.
    begin: int
    end: int
    # What the list at the top is set to, if it has mail.
    domain: str

    def series(self) -> list[Readable]:
        """Everything that was written."""

    def alarms(self) -> dict[str, str]:
        """The state of each alarm by its name; one that is missing is OK."""

    def log(self) -> list[dict]:
        """What guard logged: fields by name, with ``@timestamp`` in seconds since 1970."""
