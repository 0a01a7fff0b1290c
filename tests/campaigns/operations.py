"""Which operation of AWS a request is, in any of the protocols that the SDKs speak here."""

import gzip
import re

from http_streams import Message

CBOR = re.compile(r"/operation/(\w+)$")
QUERY = re.compile(rb"(?:^|&)Action=(\w+)")
# SES's REST API: the method, the path, and the operation.
SES = [
    (method, re.compile(pattern), operation)
    for method, pattern, operation in (
        ("PUT", r"/v2/email/suppression/addresses$", "PutSuppressedDestination"),
        ("GET", r"/v2/email/suppression/addresses$", "ListSuppressedDestinations"),
        ("GET", r"/v2/email/suppression/addresses/", "GetSuppressedDestination"),
        ("DELETE", r"/v2/email/suppression/addresses/", "DeleteSuppressedDestination"),
        ("POST", r"/v2/email/import-jobs$", "CreateImportJob"),
        ("GET", r"/v2/email/import-jobs/", "GetImportJob"),
        ("GET", r"/v2/email/account$", "GetAccount"),
        ("PUT", r"/v2/email/account/sending$", "PutAccountSendingAttributes"),
        ("PUT", r"/v2/email/configuration-sets/[^/]+/sending$", "PutConfigurationSetSendingOptions"),
        ("GET", r"/v2/email/configuration-sets/[^/]+$", "GetConfigurationSet"),
        ("GET", r"/v2/email/configuration-sets$", "ListConfigurationSets"),
    )
]


def plain_body(request: Message) -> bytes:
    """Returns the body, uncompressed."""
    return gzip.decompress(request.body) if request.headers.get("content-encoding") == "gzip" else request.body


def operation_of(request: Message) -> str:
    """Returns the operation's name; method and path where it is none that a plan names."""
    if target := request.headers.get("x-amz-target"):
        return target.rsplit(".", 1)[-1]
    path, _, query = request.path.partition("?")
    if found := CBOR.search(path):
        return found[1]
    if path.startswith("/v2/email/"):
        return next((name for method, pattern, name in SES if method == request.method and pattern.match(path)), f"{request.method} {path}")
    if asked := QUERY.search(request.body[:2000]):
        return asked[1].decode()
    if request.method == "GET" and "list-type=2" in query:
        return "ListObjectsV2"
    by_method = {"PUT": "PutObject", "GET": "GetObject", "DELETE": "DeleteObject"}
    return by_method.get(request.method, f"{request.method} {path}")


def protocol_of(request: Message) -> str:
    """Returns `cbor`, `json` (with a target), `rest` (SES) or `xml`."""
    if CBOR.search(request.path.partition("?")[0]):
        return "cbor"
    if "x-amz-target" in request.headers:
        return "json"
    return "rest" if request.path.startswith("/v2/email/") else "xml"
