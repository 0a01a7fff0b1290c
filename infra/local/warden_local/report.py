"""Writes target/run/report.html: one file that loads nothing from the network."""

from datetime import datetime
from html import escape
from pathlib import Path
from string import Template

from warden_local import notices, plot
from warden_local.cast import NEWS, SHOP
from warden_local.observer import WHY
from warden_local.expectations import REFUSED
from warden_local.stack import STACK
from warden_local.result import Result

PAGE = Path(__file__).with_name("report.html")


def write(result: Result, path: Path) -> None:
    summary = result.summary
    page = Template(PAGE.read_text()).substitute(
        verdict=verdict(result),
        subtitle=escape(subtitle(result)),
        tiles=tiles(result),
        watched=watched(result),
        bounces=plot.rates(result, "bounce"),
        complaints=plot.rates(result, "complaint"),
        domains=domains(summary["domains"]),
        course=course(result),
        notices=notices.page(notices.of(result)),
        suppressed=suppressed(result),
        suppressed_count=len(summary["suppressed"]),
        kept=kept(result),
        kept_count=len(summary["spared"]),
        answers=answers(result),
        accounting=accounting(result),
    )
    path.write_text(page)


def subtitle(result: Result) -> str:
    when = datetime.now().astimezone().strftime("%d %B %Y, %H:%M")
    return f"Scope {result.scope}. Played on {when} in {result.seconds:.0f} seconds."


def verdict(result: Result) -> str:
    if not result.failures:
        return '<p class="verdict good">Everything came out as expected.</p>'
    items = "".join(f"<li>{escape(failure)}</li>" for failure in result.failures)
    return f'<div class="verdict bad"><p>Not as expected:</p><ul>{items}</ul></div>'


def tiles(result: Result) -> str:
    summary = result.summary
    figures = {
        "events published": summary["events_published"],
        "addresses suppressed": len(summary["suppressed"]),
        "addresses kept": len(summary["spared"]),
        "notices to operators": summary["operator_notices"],
        "events lost": summary["lost"],
    }
    return "".join(f'<div class="tile"><b>{value:,}</b><span>{name}</span></div>' for name, value in figures.items())


def watched(result: Result) -> str:
    return "the account" if result.scope == "account" else f"configuration set {NEWS.configuration_set}"


def course(result: Result) -> str:
    """Returns the events of alarms and guard in order."""
    summary, alarms = result.summary, result.observer.seen.alarms
    rows = [
        (alarm["StateTransitionedTimestamp"], "alarm", name, alarm["StateReason"])
        for name, alarm in alarms.items()
        if alarm["StateValue"] == "ALARM" and name.startswith(f"{STACK}/")
    ]
    rows += [(notice.at, "notice", notice.subject, "") for notice in result.observer.seen.notices if notice.is_by_guard]
    paused = summary["paused"]
    if paused and paused["at"]:
        what = "the account" if paused["scope"] == "account" else f"configuration set {paused['name']}"
        rows.append((datetime.fromisoformat(paused["at"]), "paused", f"guard pauses {what}", paused["reason"]))
    # Notices have whole seconds; within a second, sort the cause before the effect.
    order = ("alarm", "paused", "notice")
    rows.sort(key=lambda row: (row[0].replace(microsecond=0), order.index(row[1])))
    cells = [
        [moment.astimezone().strftime("%H:%M:%S"), f'<span class="tag {kind}">{kind}</span>', text(first, second)]
        for moment, kind, first, second in rows
    ]
    cells += [["then", '<span class="tag paused">refused</span>', text(line, "")] for line in aftermath(summary)]
    return table(["time", "", "what"], cells)


def aftermath(summary: dict) -> list[str]:
    if not summary["refused_after_pause"]:
        return [f"{NEWS.domain} still sends."]
    other = "goes on sending" if summary["other_domain_still_sends"] else "is refused too"
    return [f"{NEWS.domain} is refused with {REFUSED}; {SHOP.domain} {other}."]


def text(first: str, second: str) -> str:
    more = f"<small>{breakable(second)}</small>" if second else ""
    return f"{breakable(first)}{more}"


def breakable(name: str) -> str:
    """Allows line breaks in alarm names, which are long, at their slashes."""
    return escape(name).replace("/", "/<wbr>")


def domains(counts: dict[str, dict[str, int]]) -> str:
    metrics = sorted({metric for values in counts.values() for metric in values}, key=lambda m: (m != "Send", m))
    rows = []
    for domain, values in counts.items():
        sends = values.get("Send", 0)
        cells = [f'<i class="dot {"shop" if domain.startswith("shop") else "news"}"></i>{escape(domain)}']
        for metric in metrics:
            value = values.get(metric, 0)
            share = f"<small>{100 * value / sends:.2f} %</small>" if sends and value and metric != "Send" else ""
            cells.append(f"{value:,}{share}")
        rows.append(cells)
    return table(["domain", *metrics], rows, numbers_from=1)


def suppressed(result: Result) -> str:
    items = "".join(
        f'<li>{escape(address)} <span class="tag {entry["Reason"].lower()}">{entry["Reason"]}</span></li>'
        for address, entry in sorted(result.observer.seen.suppressed.items())
    )
    return f'<ul class="columns">{items}</ul>'


def kept(result: Result) -> str:
    rows = []
    for (address, fault), line in sorted(result.observer.seen.kept.items()):
        why, rule = WHY.get(fault, line["reason"]), line.get("rule") or ""
        rows.append([escape(address), f"<code>{escape(fault)}</code>", escape(why), escape(rule)])
    return table(["address", "fault", "which means", "rule"], rows)


def answers(result: Result) -> str:
    """Returns what ses-warden why says, as it stands in a terminal."""
    return "".join(
        f"<h3>{escape(answer.title)}</h3><pre>$ ses-warden why {escape(answer.address)}\n{escape(answer.text)}</pre>"
        for answer in result.answers
    )


def accounting(result: Result) -> str:
    rows = [
        [f"<code>{name}</code>", *map(str, (a.expected, a.acted, a.ignored, a.dead, a.lost))]
        for name, a in result.accounts.items()
    ]
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in result.published.most_common())
    head = ["function", "events it had to get", "acted on", "knowingly ignored", "dead letters", "lost"]
    return f'{table(head, rows, numbers_from=1)}<p class="note">Published: {escape(kinds)}.</p>'


def table(head: list[str], rows: list[list[str]], numbers_from: int | None = None) -> str:
    """Returns an HTML table; the cells are HTML already."""

    def cells(tag: str, values: list[str]) -> str:
        marks = ["" if numbers_from is None or n < numbers_from else ' class="n"' for n in range(len(values))]
        return "".join(f"<{tag}{mark}>{value}</{tag}>" for mark, value in zip(marks, values, strict=True))

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{cells("th", head)}</tr></thead><tbody>{body}</tbody></table></div>'
