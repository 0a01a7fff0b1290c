"""Wraps the text of a notice."""

import re
import textwrap

# Not to be broken: a command or a policy to copy, a row of a table.
WHOLE = re.compile(r"\baws [a-z0-9]+ [a-z0-9]+-|\S {2,}\S")
POLICY = re.compile(r"^\s*[{}\[\]\"]")
# A line that is a command and nothing else.
COMMAND = re.compile(r"^\s+(aws [a-z0-9]+ [a-z0-9]+-|ses-warden doctor domain )")
# Indent of the further lines of a sentence.
HANGING = 2


def is_whole(line: str) -> bool:
    return is_command(line) or is_policy(line) or bool(WHOLE.search(line))


def is_command(line: str) -> bool:
    return bool(COMMAND.search(line))


def is_policy(line: str) -> bool:
    return bool(POLICY.search(line))


def wrapped(body: str, width: int) -> str:
    """Returns lines broken at spaces, with a hanging indent. Commands and policies stay in one line."""
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
