"""Checks answers against the service's model, as botocore publishes it.

botocore parses leniently: it drops unknown members and does not report missing ones. So this module
reads the body again, and reports the path of each member that is unknown, required but missing, of
another type, or outside its enumeration or limits.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.model import OperationModel, Shape


@dataclass
class Answer:
    """One answer of the service."""

    operation: OperationModel
    status: int
    # As it came, for JSON; as botocore parsed it, for XML.
    body: dict[str, Any]
    # Of an error.
    code: str | None

    def faults(self) -> list[str]:
        """Returns where the answer departs from the model."""
        name = self.operation.name
        if self.code:
            known = {error_code(shape): status_of(shape) for shape in self.operation.error_shapes}
            if self.code not in known:
                return [f"{name}: the model has no {self.code}"]
            if self.status != known[self.code]:
                return [f"{name}: {self.code} has status {self.status}, not {known[self.code]}"]
            return []
        if self.status != 200:
            return [f"{name}: status {self.status}"]
        shape = self.operation.output_shape
        return [f"{name}: {fault}" for fault in departures(shape, self.body, "")] if shape else []


def error_code(shape: Shape) -> str:
    return shape.metadata.get("error", {}).get("code", shape.name)


def status_of(shape: Shape) -> int:
    return shape.metadata["error"]["httpStatusCode"]


def listen(client: Any, answers: list[Answer]) -> None:
    """Keeps every answer that the client gets."""

    def keep(http_response, parsed: dict, model: OperationModel, **_: Any) -> None:
        code = parsed.get("Error", {}).get("Code")
        if model.service_model.protocol in ("rest-json", "json"):
            body = json.loads(http_response.content or b"{}")
        else:
            body = {key: value for key, value in parsed.items() if key != "ResponseMetadata"}
        answers.append(Answer(model, http_response.status_code, body, code))

    client.meta.events.register("after-call", keep)


def departures(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Returns each place where a value does not match its shape."""
    if shape.type_name == "structure":
        yield from of_structure(shape, value, path)
    elif shape.type_name == "list":
        if not isinstance(value, list):
            yield f"{path} is no list: {value!r}"
            return
        yield from of_size(shape, len(value), path)
        for index, item in enumerate(value):
            yield from departures(shape.member, item, f"{path}[{index}]")
    elif shape.type_name == "map":
        if not isinstance(value, dict):
            yield f"{path} is no map: {value!r}"
            return
        for key, item in value.items():
            yield from departures(shape.key, key, f"{path} key")
            yield from departures(shape.value, item, f"{path}.{key}")
    else:
        yield from of_scalar(shape, value, path)


def of_structure(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path} is no structure: {value!r}"
        return
    for name in shape.required_members:
        if name not in value:
            yield f"{path}.{name} is required"
    for name, item in value.items():
        if name not in shape.members:
            yield f"{path}.{name} is unknown"
        else:
            yield from departures(shape.members[name], item, f"{path}.{name}")


def of_scalar(shape: Shape, value: Any, path: str) -> Iterator[str]:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = {
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": is_number and isinstance(value, int),
        "long": is_number and isinstance(value, int),
        "float": is_number,
        "double": is_number,
        # JSON has epoch seconds, XML was parsed.
        "timestamp": is_number or isinstance(value, datetime),
    }
    if not fits[shape.type_name]:
        yield f"{path} is no {shape.type_name}: {value!r}"
    elif shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield f"{path} is not in its enumeration: {value!r}"
        yield from of_size(shape, len(value), path)
    elif shape.type_name in ("integer", "long"):
        yield from of_size(shape, value, path)


def of_size(shape: Shape, size: int, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        yield f"{path} is outside {least} to {most}: {size}"
