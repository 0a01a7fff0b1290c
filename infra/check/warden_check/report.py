"""Questions, their answers, and the page that a person sends back."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

YES, NO, OPEN, SKIPPED = "yes", "no", "open", "skipped"
ADDRESS = re.compile(r"[\w.+-]+@([\w-]+\.)+[\w-]+")
ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
KEPT_ADDRESSES = "@simulator.amazonses.com"


@dataclass
class Answer:
    """One question and what AWS said to it."""

    code: str
    question: str
    answer: str
    evidence: list[str] = field(default_factory=list)
    seconds: float = 0


class Report:
    """Answers in the order of their questions."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.facts: list[tuple[str, str]] = []
        self.answers: list[Answer] = []
        self.began = time.time()

    def fact(self, name: str, value: object) -> None:
        self.facts.append((name, str(value)))

    def failed(self) -> bool:
        return any(answer.answer == NO for answer in self.answers)

    def markdown(self) -> str:
        lines = [f"# {self.subject}", "", "## Where", ""]
        lines += [f"- {name}: {value}" for name, value in self.facts]
        lines += ["", "## Answers", "", "| code | question | answer | seconds |", "|---|---|---|---:|"]
        lines += [f"| {a.code} | {cell(a.question)} | **{a.answer}** | {a.seconds:.0f} |" for a in self.answers]
        lines += ["", "## Evidence", ""]
        for answer in self.answers:
            lines += [f"### {answer.code}: {answer.question}", "", f"**{answer.answer}**", ""]
            lines += fenced(answer.evidence)
        took = time.time() - self.began
        lines += [f"Took {took:.0f} s. Account ids and addresses are masked; read it through before you send it.", ""]
        return masked("\n".join(lines))


def fenced(evidence: Iterable[str]) -> list[str]:
    """Words of AWS as they came, kept from being read as Markdown."""
    text = "\n".join(evidence).replace("```", "'''")
    return ["```text", text, "```", ""] if text else []


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def masked(text: str) -> str:
    """Without account ids, and without addresses but the simulator's."""
    text = ACCOUNT.sub("<account>", text)
    return ADDRESS.sub(lambda found: found[0] if found[0].endswith(KEPT_ADDRESSES) else "<address>", text)
