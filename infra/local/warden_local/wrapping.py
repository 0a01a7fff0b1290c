"""Text of a notice in lines of a width."""

import re
import textwrap

# Of use as a whole only: a command or a policy to copy, a row of a table.
WHOLE = re.compile(r"\baws [a-z0-9]+ [a-z0-9]+-|^\s*[{}\[\]\"]|\S {2,}\S")
# Further lines of a sentence stand so far to the right.
HANGING = 2


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
