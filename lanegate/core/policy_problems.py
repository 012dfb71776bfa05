"""What is wrong with a policy, collected so that a person sees all of it at once.

A problem names its dotted path, the line of the policy file, what was found and what was expected. The number of
problems is capped: a hostile file must not cost more time than a large one.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from lanegate.core.policy import Problem, Rule
from lanegate.core.toml_lines import Key, Mark, dotted

LG702 = "LG702"
LG504 = "LG504"
LG703 = "LG703"
MAX_PROBLEMS = 100
#: Similar words are looked for among short ones only, and not among too many: it takes quadratic time for each pair.
_LONGEST_GUESS = 32
_MOST_GUESSES = 200


class PolicyError(ValueError):
    """A policy that cannot be used. `.problems` says why, in the order of the file; never empty."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("; ".join(f"line {p.line}: {p.code} {say(p)}" for p in self.problems))


class TooManyProblemsError(Exception):
    """So many problems that the rest is not worth reading."""


class Findings:
    """Problems of one policy as they are found. `marks`: where each value of the document stands."""

    def __init__(self, marks: Mark) -> None:
        self.marks = marks
        self.problems: list[Problem] = []
        self.topics: set[Key] = set()

    def refuse(self, path: tuple[Key, ...], message: str, code: str = LG702) -> None:
        """Note a problem at a dotted path; its line is that of the path, or of the nearest table that exists.

        Raises TooManyProblemsError when there are too many.
        """
        self._note(Problem(code, dotted(path), self.line(path), message), path[:1])

    def refuse_rule(self, rule: Rule, message: str, code: str = LG702) -> None:
        """Note a problem with a pattern of a lane or of the matrix. Raises TooManyProblemsError."""
        self._note(Problem(code, rule.where, rule.line, message), (rule.where.partition(".")[0].partition("[")[0],))

    def _note(self, problem: Problem, topic: tuple[Key, ...]) -> None:
        line = problem.line
        if len(self.problems) >= MAX_PROBLEMS:
            self.problems.append(Problem(LG702, "", line, f"more than {MAX_PROBLEMS} problems: the rest is not shown"))
            raise TooManyProblemsError
        self.topics.update(topic)
        self.problems.append(problem)

    def line(self, path: tuple[Key, ...]) -> int:
        """1-based line of the value at `path`, or of the innermost table around it that exists."""
        mark = self.marks
        for key in path:
            inner = mark.items.get(key)
            if inner is None:
                break
            mark = inner
        return mark.line


def say(problem: Problem) -> str:
    """`dotted.path: message`, or the message alone where the whole file is meant."""
    return f"{problem.where}: {problem.message}" if problem.where else problem.message


def nearest(word: str, known: Iterable[str]) -> str:
    """` (did you mean "owned_paths"?)` for the most similar known word, empty if none is similar."""
    if len(word) > _LONGEST_GUESS:
        return ""
    from difflib import get_close_matches

    short = islice((name for name in known if len(name) <= _LONGEST_GUESS), _MOST_GUESSES)
    by_folded = {name.casefold(): name for name in short}
    found = get_close_matches(word.casefold(), by_folded, 1)
    return f' (did you mean "{by_folded[found[0]]}"?)' if found else ""
