"""Calls operations of SES by their names, and keeps every answer."""

import functools
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from model import Answer, listen


class Driver:
    """Calls operations by their names and keeps the answers."""

    def __init__(self, aws) -> None:
        self.aws = aws
        self.answers: list[Answer] = []
        self.v2, self.v1 = aws.client("sesv2"), aws.client("ses")
        for client in (self.v2, self.v1):
            listen(client, self.answers)
        # The last call that succeeded, by operation.
        self.calls: dict[str, Callable[[], dict]] = {}

    def client_of(self, operation: str) -> Any:
        # local-ses implements only v2 of what both versions have.
        is_v2 = operation in self.v2.meta.service_model.operation_names
        return self.v2 if is_v2 else self.v1

    def ok(self, operation: str, **parameters: Any) -> dict:
        client = self.client_of(operation)
        names = {name: method for method, name in client.meta.method_to_api_mapping.items()}
        call = functools.partial(getattr(client, names[operation]), **parameters)
        answer = call()
        self.calls[operation] = call
        return answer

    def refused(self, operation: str, code: str, **parameters: Any) -> None:
        with pytest.raises(ClientError) as refused:
            self.ok(operation, **parameters)
        assert refused.value.response["Error"]["Code"] == code, f"{operation}: {refused.value}"

    def pages(self, operation: str, bad_token: str = "BadRequestException", **parameters: Any) -> None:
        """Calls a listing: completely, in pages, and with an invalid token."""
        self.ok(operation, **parameters)
        self.ok(operation, PageSize=1, **parameters)
        self.refused(operation, bad_token, NextToken="none", **parameters)
        self.refused(operation, "BadRequestException", PageSize=0, **parameters)
