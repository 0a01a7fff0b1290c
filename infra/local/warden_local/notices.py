"""Shows notices to the operators: as files, on the report page and in the terminal."""

from html import escape
from itertools import groupby
from pathlib import Path

from warden_local.result import Result
from warden_local.seen import Notice
from warden_local.wrapping import HANGING, is_whole


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


def page(notices: list[Notice]) -> str:
    """Returns the HTML of the notices, the first one unfolded."""
    if not notices:
        return "<p>None was received.</p>"
    return "".join(folded(notice, is_open=n == 0) for n, notice in enumerate(notices))


def folded(notice: Notice, *, is_open: bool) -> str:
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
    """Returns a notice as HTML: sentences wrap with a hanging indent, commands scroll."""
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
