"""The template of a release: infra/template.yaml, whose functions come from a bucket.

It is changed as text, so that comments and order stay, and each change must find its place.
"""

import re

from warden_release.layout import FUNCTIONS

CODE_PARAMETERS = """\
Parameters:
  CodeBucket:
    Type: String
    AllowedPattern: "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
    Description: Bucket of this Region that holds the functions' zips; install.sh fills it.
  CodePrefix:
    Type: String
    Default: "%s"
    AllowedPattern: "^([A-Za-z0-9._-]+/)*$"
    Description: Where in CodeBucket the zips lie, ending in a slash; empty for the top.
"""
CODE = """\
      CodeUri:
        Bucket: !Ref CodeBucket
        Key: !Sub ${CodePrefix}%s-${Architecture}.zip
"""
BUILD = re.compile(r"^    Metadata:\n      BuildMethod: rust-cargolambda\n(?:      .*\n)*", re.MULTILINE)
GROUPS = "    ParameterGroups:\n"
CODE_GROUP = """\
      - Label: { default: Where the functions' code lies }
        Parameters:
          - CodeBucket
          - CodePrefix
"""


def packaged(text: str, version: str, prefix: str) -> str:
    """The template with CodeBucket and CodePrefix.

    :raises ValueError: when infra/template.yaml does not look as expected.
    """
    text = once(text, "Parameters:\n", CODE_PARAMETERS % prefix, at_line_start=True)
    text = once(text, GROUPS, GROUPS + CODE_GROUP)
    for function in FUNCTIONS:
        text = once(text, f"      CodeUri: ../functions/{function}\n", CODE % function)
    text, count = BUILD.subn("", text)
    if count != len(FUNCTIONS):
        raise ValueError(f"infra/template.yaml has {count} functions with a BuildMethod, not {len(FUNCTIONS)}")
    return f"# ses-warden {version}. Made by `make release` from infra/template.yaml.\n{text}"


def once(text: str, old: str, new: str, *, at_line_start: bool = False) -> str:
    places = text.count(f"\n{old}" if at_line_start else old)
    if places != 1:
        raise ValueError(f"infra/template.yaml has {places} places that read {old.strip()!r}, not one")
    return text.replace(f"\n{old}", f"\n{new}") if at_line_start else text.replace(old, new)
