"""Release notes: the section of CHANGELOG.md about one version."""

import re


def notes(changelog: str, version: str) -> str:
    """The section, without its heading.

    :raises ValueError: when the changelog says nothing about the version.
    """
    heading = re.compile(rf"^## .*(?<![\w.]){re.escape(version)}(?![\w.]).*$", re.MULTILINE)
    found = heading.search(changelog)
    if not found:
        raise ValueError(f"CHANGELOG.md has no section whose heading names {version}")
    rest = changelog[found.end() :]
    following = re.search(r"^## ", rest, re.MULTILINE)
    section = rest[: following.start()] if following else rest
    if not section.strip():
        raise ValueError(f"The section {version} of CHANGELOG.md is empty")
    return f"# ses-warden {version}\n\n{section.strip()}\n"
