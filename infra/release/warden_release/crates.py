"""The crates inside the binaries: a bill of materials, and the licences that ask to be shown."""

import hashlib
import json
import re
import subprocess
import tomllib
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from warden_release.layout import COMMAND, FUNCTIONS, ROOT

SHIPPED = (*FUNCTIONS, COMMAND)
LICENCE_FILE = re.compile(r"^(licen[sc]e|copying|copyright|notice|unlicense)", re.IGNORECASE)


def metadata(triples: Iterable[str]) -> dict[str, Any]:
    command = ["cargo", "metadata", "--locked", "--format-version", "1"]
    for triple in triples:
        command += ["--filter-platform", triple]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def shipped(data: dict[str, Any]) -> dict[str, list[str]]:
    """Ids of all packages that are compiled into what we ship, each with those it needs.

    Tests' and build scripts' own crates are not in the binaries and not here.
    """
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    names = {package["id"]: package["name"] for package in data["packages"]}
    ours = [id_ for id_ in data["workspace_members"] if names[id_] in SHIPPED]
    needs: dict[str, list[str]] = {}
    waiting = list(ours)
    while waiting:
        here = waiting.pop()
        if here in needs:
            continue
        needs[here] = sorted(
            need["pkg"] for need in nodes[here]["deps"] if any(kind["kind"] is None for kind in need["dep_kinds"])
        )
        waiting += needs[here]
    return needs


def bill(data: dict[str, Any], version: str) -> dict[str, Any]:
    """A bill of materials, CycloneDX 1.6. The same crates give the same bytes: no clock, no chance."""
    packages = {package["id"]: package for package in data["packages"]}
    needs = shipped(data)
    lock = (ROOT / "Cargo.lock").read_bytes()
    hashes = {(p["name"], p["version"]): p.get("checksum") for p in tomllib.loads(lock.decode())["package"]}

    def reference(id_: str) -> str:
        return f"pkg:cargo/{packages[id_]['name']}@{packages[id_]['version']}"

    def component(id_: str) -> dict[str, Any]:
        package = packages[id_]
        entry = {
            "type": "application" if package["name"] in SHIPPED else "library",
            "bom-ref": reference(id_),
            "name": package["name"],
            "version": package["version"],
            "purl": reference(id_),
        }
        if package["license"]:
            # Some still separate alternatives by a slash, which SPDX does not know.
            entry["licenses"] = [{"expression": package["license"].replace("/", " OR ").replace("  ", " ")}]
        if checksum := hashes.get((package["name"], package["version"])):
            entry["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        return entry

    ordered = sorted(needs, key=reference)
    root = f"{COMMAND}-release@{version}"
    ours = [reference(id_) for id_ in ordered if packages[id_]["name"] in SHIPPED]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{root} {hashlib.sha256(lock).hexdigest()}')}",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": root, "name": COMMAND, "version": version},
        },
        "components": [component(id_) for id_ in ordered],
        "dependencies": [
            {"ref": root, "dependsOn": ours},
            *({"ref": reference(id_), "dependsOn": [reference(need) for need in needs[id_]]} for id_ in ordered),
        ],
    }


def licences(data: dict[str, Any]) -> str:
    """The licence texts of other people's crates, which their licences ask to hand on."""
    packages = {package["id"]: package for package in data["packages"]}
    members = set(data["workspace_members"])
    # By text: most crates share the Apache licence word for word, and each has an MIT text of its own.
    texts: dict[str, list[str]] = {}
    for id_ in shipped(data):
        if id_ in members:
            continue
        package = packages[id_]
        folder = Path(package["manifest_path"]).parent
        files = [file for file in folder.iterdir() if file.is_file() and LICENCE_FILE.match(file.name)]
        found = {file.read_text(errors="replace").strip() for file in files}
        for text in found or {f"Licensed under {package['license']}; the crate holds no text of it."}:
            texts.setdefault(text, []).append(f"{package['name']} {package['version']} ({package['license']})")
    parts = sorted((sorted(crates), text) for text, crates in texts.items())
    line = "-" * 80
    return "Crates of others inside ses-warden, and their licences.\n" + "".join(
        f"\n{line}\n" + "\n".join(crates) + f"\n{line}\n\n{text}\n" for crates, text in parts
    )
