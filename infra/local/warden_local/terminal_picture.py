"""What a terminal shows, as SVG in the reader's light or dark colors."""

import re
from html import escape
from itertools import count

# Sizes in pixels; a column of a monospaced font is a bit more than half as wide as it is high.
FONT, COLUMN, LINE, MARGIN = 14, 8.43, 19, 16
STYLE = """
text { font: %dpx ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; fill: #1b1f24; white-space: pre; }
.page { fill: #ffffff; stroke: #d5dbe2; } .b, .r, .g, .y { font-weight: 700; } .d { fill: #56606c; } .r { fill: #b3261e; } .g { fill: #1d6b3a; } .y { fill: #7a4b00; }
@media (prefers-color-scheme: dark) { text { fill: #e6e9ed; } .page { fill: #14171b; stroke: #38414c; } .d { fill: #a0aab6; } .r { fill: #ff9a92; } .g { fill: #86d3a1; } .y { fill: #f3c562; } }
""" % FONT
# Classes by the codes of ECMA-48 that the command uses.
CLASSES = {"1": "b", "2": "d", "31": "r", "32": "g", "33": "y"}
CODE = re.compile(r"\x1b\[([0-9;]*)m")


def picture(text: str, columns: int, title: str) -> str:
    """Returns the picture of a text with its escape sequences for colors."""
    lines = text.rstrip("\n").split("\n")
    width, height = round(columns * COLUMN + 2 * MARGIN), len(lines) * LINE + 2 * MARGIN
    drawn = [drawing(line, number) for number, line in enumerate(lines)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="t">\n<title id="t">{escape(title)}</title>\n<style>{STYLE}</style>\n'
        f'<rect class="page" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>\n'
        + "".join(filter(None, drawn))
        + "</svg>\n"
    )


def drawing(line: str, number: int) -> str:
    """Returns a line, each stretch of it where its columns are, whichever font the reader has."""
    spans, column = [], 0
    for style, part in parts(line):
        for stretch in re.finditer(r"\S(?:.*?\S)??(?=\s\s|\s*$)", part):
            x, length = MARGIN + (column + stretch.start()) * COLUMN, len(stretch[0]) * COLUMN
            mark = f' class="{style}"' if style else ""
            spans.append(
                f'<tspan x="{x:.1f}" textLength="{length:.1f}" lengthAdjust="spacingAndGlyphs"{mark}>{escape(stretch[0])}</tspan>'
            )
        column += len(part)
    return f'<text y="{MARGIN + LINE * (number + 1) - 5}">{"".join(spans)}</text>\n' if spans else ""


def parts(line: str) -> list[tuple[str, str]]:
    """Returns a line's stretches with the class of each."""
    split = CODE.split(line)
    style, found = "", []
    for place, text in zip(count(), split):
        if place % 2:
            style = next((CLASSES[code] for code in reversed(text.split(";")) if code in CLASSES), "")
        elif text:
            found.append((style, text))
    return found
