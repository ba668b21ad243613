"""Acyclic automata over digits: states shared by meaning, and regular expressions as automata."""

from __future__ import annotations

import re._constants as op
import re._parser as pattern_parser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DIGITS = range(10)


class Machine:
    """States shared by meaning: one with an output, reached when the number ends there, and ten children."""

    def __init__(self) -> None:
        self.outputs: list[object] = []
        self.children: list[tuple[int, ...]] = []
        self._nodes: dict[tuple[object, tuple[int, ...]], int] = {}
        self._constants: dict[object, int] = {}

    def constant(self, output: object) -> int:
        """Return the state that answers the same whatever follows."""
        if output not in self._constants:
            self._constants[output] = len(self.outputs)
            self.outputs.append(output)
            self.children.append((len(self.outputs) - 1,) * 10)
        return self._constants[output]

    def node(self, output: object, children: tuple[int, ...]) -> int:
        if children == (children[0],) * 10 and children[0] == self._constants.get(output):
            return children[0]
        key = (output, children)
        if key not in self._nodes:
            self._nodes[key] = len(self.outputs)
            self.outputs.append(output)
            self.children.append(children)
        return self._nodes[key]

    def is_constant(self, state: int) -> bool:
        return self.children[state][0] == state

    def product(self, combine: Callable[..., object], *states: int) -> int:
        """Return the automaton whose output is `combine` of theirs."""
        memo: dict[tuple[int, ...], int] = {}

        def make(states: tuple[int, ...]) -> int:
            if states not in memo:
                output = combine(*[self.outputs[s] for s in states])
                if all(map(self.is_constant, states)):
                    memo[states] = self.constant(output)
                else:
                    memo[states] = self.node(output, tuple(make(tuple(self.children[s][d] for s in states)) for d in DIGITS))
            return memo[states]

        return make(states)

    def longest_prefix(self, values: dict[str, Any], default: object) -> int:
        """Return the automaton that answers with the value of the longest key the number begins with."""
        trie: dict[Any, Any] = {}
        for key, value in values.items():
            at = trie
            for digit in key:
                at = at.setdefault(int(digit), {})
            at[None] = value

        def make(at: dict[Any, Any], inherited: object) -> int:
            inherited = at.get(None, inherited)
            if not any(d in at for d in DIGITS):
                return self.constant(inherited)
            rest = self.constant(inherited)
            return self.node(inherited, tuple(make(at[d], inherited) if d in at else rest for d in DIGITS))

        return make(trie, default)

    def lengths(self, allowed: set[int]) -> int:
        """Return the automaton that is true where the number has one of these lengths."""
        state = self.constant(False)
        for length in range(max(allowed, default=0), -1, -1):
            state = self.node(length in allowed, (state,) * 10)
        return state


class Pattern:
    """A regular expression over digits as a nondeterministic automaton; state sets are frozensets of ints."""

    END = "end"  # an assertion that the number ends here

    def __init__(self, source: str) -> None:
        self.edges: list[list[tuple[frozenset[int] | str | None, int]]] = []
        self.final = self._state()
        self.start = self.closure({self._build(list(pattern_parser.parse(source)), self.final)})

    def _state(self) -> int:
        self.edges.append([])
        return len(self.edges) - 1

    def _link(self, label: frozenset[int] | str | None, target: int) -> int:
        state = self._state()
        self.edges[state].append((label, target))
        return state

    def _build(self, items: list[Any], target: int) -> int:
        for code, value in reversed(items):
            target = self._piece(code, value, target)
        return target

    def _piece(self, code: object, value: Any, target: int) -> int:
        if code is op.LITERAL:
            return self._link(frozenset({value - 48}), target)
        if code is op.IN:
            return self._link(frozenset().union(*[self._digits(*item) for item in value]), target)
        if code is op.SUBPATTERN:
            return self._build(list(value[3]), target)
        if code is op.BRANCH:
            state = self._state()
            self.edges[state] = [(None, self._build(list(branch), target)) for branch in value[1]]
            return state
        if code is op.MAX_REPEAT:
            low, high, body = value
            assert high is not op.MAXREPEAT, "phonenumbers' patterns are finite"
            end = target
            for i in range(high):  # from the last repetition, and the last may be left out
                target = self._build(list(body), target)
                if i < high - low:
                    state = self._state()
                    self.edges[state] = [(None, target), (None, end)]
                    target = state
            return target
        if code is op.AT and value is op.AT_END:
            return self._link(self.END, target)
        raise AssertionError(f"no {code} in a number's pattern so far")

    @staticmethod
    def _digits(code: object, value: Any) -> frozenset[int]:
        if code is op.LITERAL:
            return frozenset({value - 48})
        if code is op.RANGE:
            return frozenset(range(value[0] - 48, value[1] - 47))
        assert (code, value) == (op.CATEGORY, op.CATEGORY_DIGIT)
        return frozenset(DIGITS)

    def closure(self, states: set[int], *, at_end: bool = False) -> frozenset[int]:
        seen, todo = set(states), list(states)
        while todo:
            for label, target in self.edges[todo.pop()]:
                if (label is None or (at_end and label == self.END)) and target not in seen:
                    seen.add(target)
                    todo.append(target)
        return frozenset(seen)

    def step(self, states: frozenset[int], digit: int) -> frozenset[int]:
        return self.closure({t for s in states for label, t in self.edges[s] if isinstance(label, frozenset) and digit in label})

    def matches(self, states: frozenset[int]) -> bool:
        return self.final in states

    def matches_at_end(self, states: frozenset[int]) -> bool:
        return self.final in self.closure(set(states), at_end=True)
