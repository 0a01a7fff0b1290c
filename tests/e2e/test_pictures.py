"""The pictures of the documentation: what a terminal shows, as SVG."""

import re
import sys
from xml.etree import ElementTree

from warden_local import terminal_picture
from warden_local.local_aws import base_environment
from warden_local.pictures import in_a_terminal

SVG = "{http://www.w3.org/2000/svg}"
TEXT = "\x1b[1;31mNot all right:\x1b[0m <paused>  35 %\n\n  \x1b[2mdim\x1b[0m\n"


def spans(svg):
    tree = ElementTree.fromstring(svg)
    return [
        (span.text, span.get("class"), float(span.get("x")))
        for line in tree.iter(f"{SVG}text")
        for span in line.iter(f"{SVG}tspan")
    ]


def test_each_stretch_of_a_line_stands_in_its_columns():
    found = spans(terminal_picture.picture(TEXT, 80, "status"))
    column = lambda n: round(terminal_picture.MARGIN + n * terminal_picture.COLUMN, 1)  # noqa: E731
    assert found == [
        ("Not all right:", "r", column(0)),
        ("<paused>", None, column(15)),
        ("35 %", None, column(25)),
        ("dim", "d", column(2)),
    ]


def test_a_picture_is_as_wide_as_the_terminal_and_has_no_control_characters():
    svg = terminal_picture.picture(TEXT, 80, "status")
    width = round(80 * terminal_picture.COLUMN + 2 * terminal_picture.MARGIN)
    assert f'viewBox="0 0 {width} ' in svg and "prefers-color-scheme: dark" in svg
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", svg)


def test_a_command_sees_a_terminal_of_the_width_asked_for():
    program = "import os, sys; print(sys.stdout.isatty(), os.get_terminal_size().columns)"
    assert in_a_terminal([sys.executable, "-c", program], 97, base_environment()) == "True 97\n"
