"""`lanegate verify` and the oracle on one history, step by step, and on tangled merges, finding by finding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.differential.case import Finding
from tests.differential.case import Server as Rules
from tests.differential.histories import History
from tests.differential.oracle import judge_range
from tests.differential.plumbing import ENVIRONMENT, Patterns
from tests.differential.situation import MAIN, POLICY_PATH
from tests.differential.tangles import Broken, Tangle, broken
from tests.differential.world import World

ROOT = Path(__file__).resolve().parents[2]
#: What lanegate says when it fails instead of judging.
CRASHES = ("Traceback", "a bug in lanegate", "LG906")


class DisagreementError(AssertionError):
    """The oracle and lanegate do not agree; the text has everything needed to study it."""


def lanegate(*args: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line of the lanegate that these tests stand beside."""
    environment = {**ENVIRONMENT, "PYTHONPATH": os.fspath(ROOT)}
    command = [sys.executable, "-m", "lanegate", *args]
    return subprocess.run(command, env=environment, capture_output=True, check=False)


def check_verify(history: History, patterns: Patterns, tip: str) -> int:
    """Compare `lanegate verify` with the oracle on the history from its start to `tip`; how many steps that was.

    Steps that no policy judges are named by lanegate as a range, so they only have to be there on both sides. What
    comes after a malformed object is not compared: git's own merges over it mean nothing, or git cannot read it.
    """
    git, base = history.world.git, history.setup.main or history.world.git.history(tip)[0]
    expected = judge_range(git, patterns, Rules({}, MAIN, POLICY_PATH), base, tip)
    answer = verified(history.world.folder, base, tip)
    unjudged = {step for step, findings in expected.items() if "LG901" in {finding.code for finding in findings}}
    blind = unjudged | after_malformed(expected)
    wrong = {step for step, findings in expected.items() if findings} - blind
    brought = {commit: step for step in expected for commit in git.reachable([step], git.parents(step)[:1])}
    found = {brought.get(violation["commit"]) for violation in answer["violations"]} - blind
    decision = "undecided" if unjudged else "refused" if wrong or blind else "allowed"
    is_unreadable = bool(blind - unjudged) and answer["decision"] == "undecided"
    if not is_unreadable and (found != wrong or answer["decision"] != decision):
        lines = [f"seed {history.seed}: verify {base}..{tip}", f"lanegate: {answer['decision']}"]
        lines += [f"  {one['code']} {one['commit']} {one['message']}" for one in answer["violations"]]
        lines += [f"the oracle alone refuses step {step}: {expected[step]}" for step in sorted(wrong - found)]
        lines += [f"lanegate alone refuses step {step}" for step in found - wrong]
        raise DisagreementError("\n".join([*lines, again(history.seed)]))
    return len(expected)


def verified(folder: Path, base: str, tip: str) -> dict[str, Any]:
    """What `lanegate verify --format json` says of a range. Raises DisagreementError when it does not say it."""
    done = lanegate("verify", f"{base}..{tip}", "--format", "json", "--repo", os.fspath(folder))
    said = (done.stderr + done.stdout).decode("utf-8", "replace")
    if not done.stdout or any(crash in said for crash in CRASHES):
        raise DisagreementError(f"verify of {base}..{tip} in {folder} failed\n{said}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def check_tangle(seed: int, folder: Path, patterns: Patterns, steps: int) -> int:
    """Compare `lanegate verify` with the oracle on a tangled history, finding by finding; how many were found."""
    world = World(folder, patterns)
    tangle = Tangle(seed, world)
    tip = tangle.grow(steps)
    expected = broken(world, patterns, tangle.base, tip)
    violations = verified(world.folder, tangle.base, tip)["violations"]
    found = {Broken(one["code"], one["commit"], one["path"].encode() if one["path"] else None) for one in violations}
    if found != expected:
        lines = [f"tangle {seed} in {world.folder}: verify {tangle.base}..{tip}"]
        lines += [f"  the oracle alone: {one}" for one in sorted(expected - found, key=str)]
        lines += [f"  lanegate alone: {one}" for one in sorted(found - expected, key=str)]
        raise DisagreementError("\n".join(lines))
    return len(found)


def after_malformed(expected: dict[str, list[Finding]]) -> set[str]:
    """Steps from the first one on that brings a malformed object."""
    steps = list(expected)
    bad = [number for number, step in enumerate(steps) if "LG604" in {finding.code for finding in expected[step]}]
    return set(steps[bad[0] :]) if bad else set()


def again(seed: int) -> str:
    return f"again: python -m tests.differential.soak --seed {seed} --histories 1 --keep"
