"""How a notice is laid out for reading."""

import html
import json
import re

from warden_local import notices, wrapping

BODY = """ses-warden paused configuration set marketing

What to check first
  Who sends? Compare caller identities with the ones you know, deactivate-a-strange-key first:
    aws iam update-access-key --user-name USER --access-key-id KEY --status Inactive
    {
      "Version": "2012-10-17",
      "Statement": [{ "Effect": "Deny", "Action": "ses:Send*", "Resource": "*" }]
    }
  domain                sends        hard bounces        complaints
"""


def test_sentences_break_at_spaces_and_hang_below_their_first_word():
    assert wrapping.wrapped(BODY, 40).splitlines()[:7] == [
        "ses-warden paused configuration set",
        "  marketing",
        "",
        "What to check first",
        "  Who sends? Compare caller identities",
        "    with the ones you know,",
        "    deactivate-a-strange-key first:",
    ]


def test_commands_policies_and_rows_of_tables_are_never_broken():
    assert wrapping.wrapped(BODY, 40).splitlines()[7:] == BODY.splitlines()[4:]


def test_commands_and_policies_of_a_page_can_be_copied_as_they_are():
    page = notices.letter(BODY)
    copied = [html.unescape(text) for text in re.findall(r'data-copy="([^"]*)"', page)]
    assert copied == [
        "aws iam update-access-key --user-name USER --access-key-id KEY --status Inactive",
        "\n".join(line.removeprefix("    ") for line in BODY.splitlines()[5:9]),
    ]
    assert json.loads(copied[1])["Version"] == "2012-10-17"


def test_rows_of_tables_scroll_on_a_page():
    [table] = re.findall(r'<div class="wide"><pre>(.*?)</pre>', notices.letter(BODY), re.DOTALL)
    assert table == BODY.splitlines()[9]


def test_a_page_takes_no_markup_from_a_notice():
    assert "<b>" not in notices.letter("<b>  <b>\n<b> aws iam list-users")
