"""Shows notices to the operators: as files, on the report page and in the terminal."""

import textwrap
from itertools import groupby
from pathlib import Path

from warden_local import pages
from warden_local.result import Result
from warden_local.seen import Notice
from warden_local.wrapping import HANGING, is_command, is_policy, is_whole


def of(result: Result) -> list[Notice]:
    """Returns guard's notices; the notice about the pause is first."""
    by_guard = [notice for notice in result.observer.seen.notices if notice.is_by_guard]
    return sorted(by_guard, key=lambda notice: (notice is not result.pause_notice, notice.at))


def write(notices: list[Notice], folder: Path) -> list[Path]:
    """Writes one file for each notice, with the text as received."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{n}-{notice.attributes['action']}.txt" for n, notice in enumerate(notices, 1)]
    for path, notice in zip(paths, notices, strict=True):
        path.write_text(notice.body)
    return paths


def page(notices: list[Notice]) -> list[dict]:
    """Returns what the report page shows of each notice."""
    return [
        {
            "subject": notice.subject,
            "at": notice.at.astimezone().strftime("%H:%M:%S"),
            "parts": parts(notice.body),
            "attributes": sorted(notice.attributes.items()),
        }
        for notice in notices
    ]


def letter(body: str) -> str:
    """Returns a notice as HTML."""
    return pages.render("letter.html", parts=parts(body))


def parts(body: str) -> list[dict]:
    """Returns the sentences, the commands, and the lines that stay together: tables and policies."""
    found: list[dict] = []
    for kind, lines in groupby(body.splitlines(), key=kind_of):
        if kind == "policy":
            found.append({"kind": "command", "text": textwrap.dedent("\n".join(lines))})
        elif kind == "whole":
            found.append({"kind": kind, "text": "\n".join(lines)})
        elif kind == "command":
            found += [{"kind": kind, "text": line.strip()} for line in lines]
        else:
            found += [{"kind": kind, "text": line, "indent": indent(line) + HANGING} for line in lines]
    return found


def kind_of(line: str) -> str:
    if is_command(line):
        return "command"
    if is_policy(line):
        return "policy"
    return "whole" if is_whole(line) else "sentence"


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())
