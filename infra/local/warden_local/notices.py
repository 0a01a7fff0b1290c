"""Notices to the operators, where people read them: as files, on the page and in a terminal."""

import re
import textwrap
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warden_local.observer import Notice
    from warden_local.story import Result

# Of use as a whole only: a command or a policy to copy, a row of a table.
WHOLE = re.compile(r"\baws [a-z0-9]+ [a-z0-9]+-|^\s*[{}\[\]\"]|\S {2,}\S")
HANGING = 2


def of(result: "Result") -> list["Notice"]:
    """Those of guard; the one that tells the pause leads."""
    by_guard = [notice for notice in result.observer.seen.notices if notice.is_by_guard]
    return sorted(by_guard, key=lambda notice: (notice is not result.pause_notice, notice.at))


def write(notices: list["Notice"], folder: Path) -> list[Path]:
    """One file each, the text as it was received."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{n}-{notice.attributes['action']}.txt" for n, notice in enumerate(notices, 1)]
    for path, notice in zip(paths, notices, strict=True):
        path.write_text(notice.body)
    return paths


def is_whole(line: str) -> bool:
    return bool(WHOLE.search(line))


def wrapped(body: str, width: int) -> str:
    """Broken at spaces, further lines below the first; what is to be copied stays in one line."""
    lines = []
    for line in body.splitlines():
        indent = " " * (len(line) - len(line.lstrip()) + HANGING)
        if not line or is_whole(line):
            lines.append(line)
        else:
            lines += textwrap.wrap(
                line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
            )
    return "\n".join(lines)


def page(notices: list["Notice"]) -> str:
    """The first one open, the others to be opened."""
    if not notices:
        return "<p>None was received.</p>"
    return "".join(folded(notice, is_open=n == 0) for n, notice in enumerate(notices))


def folded(notice: "Notice", *, is_open: bool) -> str:
    at = notice.at.astimezone().strftime("%H:%M:%S")
    attributes = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in sorted(notice.attributes.items())
    )
    return (
        f'<details class="notice"{" open" * is_open}><summary>{escape(notice.subject)} <small>{at}</small></summary>'
        f'<div class="letter">{letter(notice.body)}</div>'
        f"<details><summary>Its message attributes, for machines</summary><dl>{attributes}</dl></details></details>"
    )


def letter(body: str) -> str:
    """Sentences wrap below their first word, what is to be kept whole scrolls."""
    parts = []
    for whole, lines in groupby(body.splitlines(), key=is_whole):
        if whole:
            parts.append(f'<div class="wide"><pre>{escape(chr(10).join(lines))}</pre></div>')
        else:
            parts += [sentence(line) for line in lines]
    return "".join(parts)


def sentence(line: str) -> str:
    indent = len(line) - len(line.lstrip()) + HANGING
    return f'<p style="--indent: {indent}ch">{escape(line)}</p>' if line else "<p><br></p>"
