"""`lanegate policy check`: every problem of a policy with its line, and warnings about what is allowed but odd."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from lanegate.cli.formats import TEXT, answer
from lanegate.core.policy_reader import PolicyError, read_policy

if TYPE_CHECKING:
    from lanegate.core.decision import Decision
    from lanegate.core.policy import Policy, Problem
    from lanegate.usecases.policy_file import FoundFile
    from lanegate.usecases.policy_warnings import PolicyWarning

EXIT_REFUSED = 1


def check(file: FoundFile, how: str) -> int:
    """Print what is wrong with a policy file, in a format of cli/formats.py; 0, or 1 where it cannot be used."""
    started = time.monotonic()
    policy, problems = read_or_problems(file)
    if policy is not None:
        from lanegate.core.policy_reference import reference_problems

        problems = reference_problems(policy)
    warnings: tuple[PolicyWarning, ...] = ()
    if policy is not None and not problems:
        from lanegate.usecases.policy_warnings import policy_warnings

        warnings = policy_warnings(policy)
    if how == "json":
        return _json(_decision(file.shown, problems), warnings, time.monotonic() - started)
    if how != TEXT:
        shown = _from_top(file)
        notes = tuple(f"{shown}:{one.line}: warning: {one.said}" for one in warnings)
        return answer(_decision(shown, problems)._replace(notes=notes, paths=1), how, started)
    if policy is None or problems:
        sys.stdout.write(listing(file, problems))
        return EXIT_REFUSED
    from lanegate.render.plain import one_line
    from lanegate.render.policy import summary

    sys.stdout.write(f"{file.shown}: valid: {summary(policy)}\n")
    sys.stderr.writelines(f"{file.shown}:{one.line}: warning: {one_line(one.said)}\n" for one in warnings)
    return 0


def read_or_problems(file: FoundFile) -> tuple[Policy | None, tuple[Problem, ...]]:
    """The policy that a file holds, or why it holds none."""
    try:
        return read_policy(file.data), ()
    except PolicyError as error:
        return None, error.problems


def listing(file: FoundFile, problems: tuple[Problem, ...]) -> str:
    """Problems for people, a line each: `FILE:LINE: CODE dotted.path: message`."""
    from lanegate.core.policy_problems import say
    from lanegate.render.plain import one_line

    return "".join(f"{file.shown}:{problem.line}: {problem.code} {one_line(say(problem))}\n" for problem in problems)


def _decision(shown: str, problems: tuple[Problem, ...]) -> Decision:
    from lanegate.core.decision import Decision, Violation, decide
    from lanegate.core.policy_problems import say

    path = os.fsencode(shown)
    violations = tuple(
        Violation(code=problem.code, message=say(problem), path=path, policy_line=problem.line) for problem in problems
    )
    return Decision(decision=decide(violations), violations=violations, policy_path=shown)


def _json(decision: Decision, warnings: tuple[PolicyWarning, ...], seconds: float) -> int:
    import json

    from lanegate.render.json import decision_value

    value = decision_value(decision, seconds)
    value["warnings"] = [{"message": one.said, "policy_line": one.line} for one in warnings]
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
    return decision.exit_code


def _from_top(file: FoundFile) -> str:
    """The file as other programs look for it: from the top of the work tree that it is in, wherever this runs."""
    from lanegate.git.run import GitError
    from lanegate.git.worktree import find

    path = os.path.realpath(file.path)
    try:
        top = find(os.path.dirname(path)).top
    except GitError:
        top = None
    if top is None:
        return path
    return os.path.relpath(path, os.path.realpath(top))
