"""What decoding, deciding and adding up cost is held to its committed count of instructions."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

import instructions


def test_no_scenario_takes_two_percent_more_instructions_than_committed() -> None:
    committed = json.loads(instructions.COMMITTED.read_text(encoding="utf-8"))
    found = instructions.measure(instructions.build())
    assert found.keys() == committed.keys()
    worse = {
        name: (count, committed[name])
        for name, count in found.items()
        if count > committed[name] * (1 + instructions.TOLERANCE)
    }
    assert not worse, "mend it, or run tests/bench/instructions.py --write and say why in the commit"
