"""Prints the run's progress, readable with and without a terminal."""

import sys
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table

from warden_local.seen import Sample
from warden_local.wrapping import wrapped

# Width without a terminal.
PLAIN_WIDTH = 120
STYLES = {
    "suppressed": "magenta",
    "kept": "green",
    "echo": "dim",
    "rates": "cyan",
    "alarm": "bold yellow",
    "paused": "bold red",
    "refused": "bold red",
    "accepted": "green",
    "notice": "bold blue",
    "sent": "default",
    "dead letter": "yellow",
    "published": "default",
    "connected": "cyan",
    "wait": "dim",
}
LABEL_WIDTH = max(map(len, STYLES))


class Screen:
    """The run's output."""

    def __init__(self, *, quiet: bool = False) -> None:
        width = None if sys.stdout.isatty() else PLAIN_WIDTH
        self.console = Console(quiet=quiet, highlight=False, width=width)
        self.last_counts: dict[str, dict[str, int]] = {}

    def header(self, title: str, facts: dict[str, str]) -> None:
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column()
        for name, fact in facts.items():
            table.add_row(name, fact)
        self.console.print()
        self.console.print(Panel(table, title=f"[bold]{title}[/]", title_align="left", padding=(1, 2)))

    def step(self, text: str) -> None:
        self.console.print(f"[dim]{stamp()}[/]  {text}", soft_wrap=True)

    def phase(self, number: int, title: str, text: str) -> None:
        self.console.print()
        self.console.rule(f"[bold]{number}  {title}[/]", align="left", style="dim")
        self.console.print(Padding(text, (0, 0, 1, 0)), style="dim")

    def event(self, label: str, text: str) -> None:
        style = STYLES[label]
        self.console.print(f"[dim]{stamp()}[/]  [{style}]{label:<{LABEL_WIDTH}}[/]  {text}", soft_wrap=True)

    def rates(self, sample: Sample) -> None:
        """Prints one line for each domain whose counts have changed."""
        for domain, counts in sample.counts.items():
            if counts == self.last_counts.get(domain) or not counts.get("Send"):
                continue
            self.last_counts[domain] = counts
            bounced, complained = (percent(sample.rate(domain, metric)) for metric in ("BounceHard", "Complaint"))
            text = f"[bold]{counts['Send']}[/] sent  [bold]{bounced}[/] bounced  [bold]{complained}[/] complained"
            self.event("rates", f"{domain}  {text}")

    def letter(self, title: str | None, text: str) -> None:
        """Prints a text as received, without a frame, so that it can be copied."""
        self.console.print()
        if title:
            self.console.print(f"[bold blue]{escape(title)}[/]\n", soft_wrap=True)
        self.console.print(wrapped(text.rstrip(), self.console.width), soft_wrap=True, markup=False)

    def table(self, title: str, columns: list[str], rows: list[list[str]], numbers_from: int = 1) -> None:
        table = Table(title=f"[bold]{title}[/]", title_justify="left", title_style="")
        table.header_style = table.border_style = "dim"
        for n, column in enumerate(columns):
            table.add_column(column, justify="right" if n >= numbers_from else "left", overflow="fold")
        for row in rows:
            table.add_row(*row)
        self.console.print()
        self.console.print(table)

    def print(self, text: str = "") -> None:
        self.console.print(text, soft_wrap=True)


def stamp() -> str:
    return datetime.now().strftime("%H:%M:%S.%f")[:-5]


def percent(fraction: float) -> str:
    """Returns three significant digits: rates of complaints are far below one percent."""
    return f"{100 * fraction:.3g} %"
