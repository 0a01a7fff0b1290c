"""Choices that bring every pair of values together at least once."""

from itertools import combinations


def pairwise(values):
    """`values` by name; the answers are dictionaries with a value for each name.

    Greedy: each answer begins with a pair that is still missing, and takes for each further name
    the value that brings the most missing pairs along.
    """
    missing = {
        frozenset([(one, a), (other, b)])
        for one, other in combinations(sorted(values), 2)
        for a in values[one]
        for b in values[other]
    }
    # Sets have no order, and the answers shall be the same at each run.
    waiting = sorted(missing, key=sorted)
    for pair in waiting:
        if pair not in missing:
            continue
        chosen = dict(pair)
        for name in sorted(values):
            if name not in chosen:
                chosen[name] = max(values[name], key=lambda v: gain(missing, chosen, name, v))
        missing -= {frozenset(both) for both in combinations(sorted(chosen.items()), 2)}
        yield chosen


def gain(missing, chosen, name, value):
    return sum(frozenset([(name, value), other]) in missing for other in chosen.items())
