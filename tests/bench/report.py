"""The report of `make bench`: ratios as a table and as a picture."""

import re
from pathlib import Path

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
NAMES = {
    "mix-1": "mix, 1 record",
    "mix-100": "mix, 100 records",
    "mix-700": "mix, 700 records",
    "mix-1400": "mix, 1,400 records",
    "mix-2200-raw": "mix, 2,200 raw records",
    "bounces-6mb": "bounces only, 6 MB",
    "complaints-1000": "complaints only, 1,000 records",
}
TARGETS = {
    ("mix, 1,400 records", "python"): ("at least", 3.0),
    ("mix, 1,400 records", "node"): ("at least", 2.2),
    ("mix, 1,400 records", "floor"): ("at most", 2.0),
    ("bounces only, 6 MB", "python"): ("at least", 2.5),
    ("bounces only, 6 MB", "node"): ("at least", 1.8),
}


def write(summary: dict, out: Path, committed: Path) -> str:
    """Writes `report.md` and the pictures, and returns the report."""
    text = table(summary)
    before = section(committed)
    said = "The committed figures are in docs/PERFORMANCE.md.\n" if before else ""
    (out / "report.md").write_text(text + said, encoding="utf-8")
    for scheme in ("light", "dark"):
        (out / f"bench-{scheme}.svg").write_text(picture(summary, scheme), encoding="utf-8")
    return text + compared(text, before)


def table(summary: dict) -> str:
    """Returns the tables in Markdown."""
    medians, records = summary["medians"], summary["records"]
    rows = [
        "Batches through metrics, CPU of the whole process. Rivals parse and count; those with *put* also",
        "write their counts to CloudWatch, as metrics does.",
        "",
        "| batch | µs a record | floor | Python | orjson | Node | Python, put | Node, put | calls |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for batch, name in NAMES.items():
        ours = medians["metrics"].get(batch if batch != "mix-1" else "warm record")
        if ours is None:
            continue
        cells = [f"{ours * 1000 / records[batch]:.1f}"]
        for rival in ("floor", "python", "python-orjson", "node", "python-put", "node-put"):
            theirs = medians.get(rival, {}).get(batch if batch != "mix-1" else "warm record")
            if theirs is None:
                cells.append("")
            elif rival == "floor":
                cells.append(f"{ours / theirs:.2f} × it")
            else:
                cells.append(f"{theirs / ours:.2f} × less")
        cells.append(f"{medians['metrics'].get(f'{batch} calls', 1):.0f}")
        rows.append(f"| {name} | {' | '.join(cells)} |")
    rows += [
        "",
        "Start and size. CPU until the function asks for its first invocation, as a multiple of the floor.",
        "",
        "| program | start, CPU | start, ms wall | memory then, MiB | first record, CPU ms | peak at 6 MB, MiB | zip, MB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    floor = medians["floor"]
    for program, found in medians.items():
        cells = [f"{found['start cpu'] / floor['start cpu']:.2f} ×", f"{found['start wall']:.1f}"]
        cells += [f"{found['start memory']:.1f}"]
        cells += [f"{found[name]:.2f}" if name in found else "" for name in ("first record",)]
        cells += [f"{found['peak memory']:.1f}" if "peak memory" in found else ""]
        cells += [f"{found['zip']:.3f}"]
        rows.append(f"| {program} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n\n"


def section(committed: Path) -> str:
    """Returns the committed report, or nothing."""
    if not committed.exists():
        return ""
    found = re.search(f"{BEGIN}(.*?){END}", committed.read_text(encoding="utf-8"), re.DOTALL)
    return found[1] if found else ""


def ratios(text: str) -> dict[tuple[str, str], float]:
    """Reads the ratios out of a report, by batch and rival."""
    columns = ["floor", "python", "python-orjson", "node", "python-put", "node-put"]
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] in NAMES.values():
            for rival, cell in zip(columns, cells[2:], strict=False):
                if number := re.match(r"[\d.]+", cell):
                    found[cells[0], rival] = float(number[0])
    return found


def compared(text: str, before: str) -> str:
    """Returns the targets, and how this run differs from the committed one."""
    now, then = ratios(text), ratios(before)
    lines = []
    for (batch, rival), (kind, target) in TARGETS.items():
        if (batch, rival) in now:
            value = now[batch, rival]
            reached = value >= target if kind == "at least" else value <= target
            was = f", committed {then[batch, rival]:.2f}" if (batch, rival) in then else ""
            lines.append(f"{batch}, {rival}: {value:.2f} ({kind} {target}: {'reached' if reached else 'MISSED'}{was})")
    return "\n".join(lines) + "\n"


def picture(summary: dict, scheme: str) -> str:
    """Returns bars of the CPU a record takes, for the two batches that matter most."""
    ink, quiet, bar, ours, paper = {
        "light": ("#1f2328", "#59636e", "#c8d1da", "#0969da", "#ffffff"),
        "dark": ("#e6edf3", "#9198a1", "#3d444d", "#4493f8", "#0d1117"),
    }[scheme]
    medians, records = summary["medians"], summary["records"]
    labels = {
        "metrics": "metrics (Rust)",
        "floor": "does nothing (Rust)",
        "python": "Python, json",
        "python-orjson": "Python, orjson",
        "node": "Node.js",
    }
    parts, top = [], 34
    values = {
        batch: {name: medians[name][batch] * 1000 / records[batch] for name in labels if batch in medians.get(name, {})}
        for batch in ("mix-1400", "bounces-6mb")
    }
    most = max(value for batch in values.values() for value in batch.values())
    for batch, found in values.items():
        parts.append(f'<text x="16" y="{top}" font-weight="600" fill="{ink}">{NAMES[batch]}: CPU a record</text>')
        top += 14
        for name, value in sorted(found.items(), key=lambda item: item[1]):
            width = 400 * value / most
            fill = ours if name == "metrics" else bar
            parts.append(f'<text x="160" y="{top + 14}" text-anchor="end" fill="{ink}">{labels[name]}</text>')
            parts.append(f'<rect x="170" y="{top + 2}" width="{width:.1f}" height="16" rx="2" fill="{fill}"/>')
            parts.append(f'<text x="{178 + width:.1f}" y="{top + 14}" fill="{quiet}">{value:.0f} µs</text>')
            top += 24
        top += 30
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 {top - 16}" font-family="system-ui, sans-serif" '
        f'font-size="13" role="img" aria-label="CPU that a record takes, by program">'
        f'<rect width="660" height="{top - 16}" fill="{paper}"/>{"".join(parts)}</svg>\n'
    )
