"""Writes target/run/report.html: one file that loads nothing from the network."""

from datetime import datetime
from pathlib import Path

from markupsafe import Markup

from warden_local import notices, pages, plot
from warden_local.cast import NEWS, SHOP
from warden_local.expectations import REFUSED
from warden_local.observer import WHY
from warden_local.result import Result
from warden_local.stack import STACK

# Marks of the page, by what happened.
MARKS = {"alarm": "warning", "paused": "error", "notice": "info", "refused": "error"}


def write(result: Result, path: Path) -> None:
    summary = result.summary
    counts = summary["domains"]
    metrics = sorted({metric for values in counts.values() for metric in values}, key=lambda m: (m != "Send", m))
    page = pages.render(
        "run.html",
        scope=result.scope,
        played_at=datetime.now().astimezone().strftime("%d %B %Y, %H:%M"),
        seconds=f"{result.seconds:.0f}",
        failures=result.failures,
        figures=figures(summary),
        series=plot.SERIES,
        watched="the account" if result.scope == "account" else f"configuration set {NEWS.configuration_set}",
        bounces=Markup(plot.rates(result, "bounce")),
        complaints=Markup(plot.rates(result, "complaint")),
        metrics=metrics,
        domains=[{"name": name, "cells": cells(values, metrics)} for name, values in counts.items()],
        shop=SHOP,
        news=NEWS,
        course=course(result),
        notices=notices.page(notices.of(result)),
        kept=kept(result),
        suppressed=[(address, entry["Reason"]) for address, entry in sorted(result.observer.seen.suppressed.items())],
        answers=result.answers,
        accounts=result.accounts.items(),
        published=result.published.most_common(),
    )
    path.write_text(page)


def figures(summary: dict) -> dict[str, int]:
    return {
        "events published": summary["events_published"],
        "addresses suppressed": len(summary["suppressed"]),
        "addresses kept": len(summary["spared"]),
        "notices to operators": summary["operator_notices"],
        "events lost": summary["lost"],
    }


def cells(values: dict[str, int], metrics: list[str]) -> list[dict]:
    """Returns the counts of a domain, each with its share of the sends."""
    sends = values.get("Send", 0)

    def share(metric: str) -> str:
        count = values.get(metric, 0)
        return f"{100 * count / sends:.2f} %" if sends and count and metric != "Send" else ""

    return [{"metric": metric, "count": values.get(metric, 0), "share": share(metric)} for metric in metrics]


def course(result: Result) -> list[dict]:
    """Returns what CloudWatch, guard and SES did, in order."""
    summary, alarms = result.summary, result.observer.seen.alarms
    steps = [
        (alarm["StateTransitionedTimestamp"], "alarm", name, alarm["StateReason"])
        for name, alarm in alarms.items()
        if alarm["StateValue"] == "ALARM" and name.startswith(f"{STACK}/")
    ]
    steps += [(notice.at, "notice", notice.subject, "") for notice in result.observer.seen.notices if notice.is_by_guard]
    paused = summary["paused"]
    if paused and paused["at"]:
        what = "the account" if paused["scope"] == "account" else f"configuration set {paused['name']}"
        steps.append((datetime.fromisoformat(paused["at"]), "paused", f"guard pauses {what}", paused["reason"]))
    # Notices have whole seconds; within a second, the cause comes before the effect.
    order = ("alarm", "paused", "notice")
    steps.sort(key=lambda step: (step[0].replace(microsecond=0), order.index(step[1])))
    rows = [(moment.astimezone().strftime("%H:%M:%S"), *rest) for moment, *rest in steps]
    rows.append(("then", *aftermath(summary)))
    return [
        {"at": at, "kind": kind, "mark": MARKS.get(kind, "ok"), "what": breakable(what), "why": breakable(why)}
        for at, kind, what, why in rows
    ]


def aftermath(summary: dict) -> tuple[str, str, str]:
    if not summary["refused_after_pause"]:
        return "accepted", f"{NEWS.domain} still sends.", ""
    other = "can still send" if summary["other_domain_still_sends"] else "is refused too"
    return "refused", f"{NEWS.domain} is refused with {REFUSED}; {SHOP.domain} {other}.", ""


def breakable(name: str) -> Markup:
    """Allows line breaks in alarm names, which are long, at their slashes."""
    return Markup("/<wbr>").join(name.split("/"))


def kept(result: Result) -> list[dict]:
    return [
        {
            "address": address,
            "fault": fault,
            "why": WHY.get(fault, line["reason"]),
            "rule": line.get("rule") or "",
        }
        for (address, fault), line in sorted(result.observer.seen.kept.items())
    ]
