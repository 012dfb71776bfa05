"""Which policy judges which landing: the policy file changes rarely, so history falls into eras (design, 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import Policy, Problem
from lanegate.core.policy_reader import PolicyError, read_policy
from lanegate.git.history import History, steps_changing
from lanegate.git.objects import CatFile
from lanegate.git.run import Git
from lanegate.usecases.trusted_policy import NoPolicyError, policy_blob


class Era(NamedTuple):
    """Steps from position `start` of a history on, up to the next era, judged by one policy.

    policy: None where nothing usable stood there; then `problems` says why. commit, blob: where it was read.
    """

    start: int
    policy: Policy | None
    problems: tuple[Problem, ...] = ()
    commit: str | None = None
    blob: str | None = None


class KnownEras(NamedTuple):
    """A history and what `read_eras` found in it."""

    history: History
    eras: Sequence[Era]


def read_eras(
    git: Git, history: History, policy_path: str, changes: Callable[[], Sequence[str]] | None = None
) -> list[Era]:
    """The eras of a history, at least one, the first from step 0 on. changes: waits for the steps that change the
    policy file (`steps_changing`), where somebody asked for them already. Raises GitError."""
    reader = CatFile(git)
    try:
        first = _era(reader, 0, history.base, policy_path)
        listed = changes() if changes is not None else steps_changing(git, history.base, history.tip, policy_path)
        position = {step: at for at, step in enumerate(history.steps)}
        changed = sorted(position[step] for step in listed if step in position)
        return [first, *(_era(reader, at + 1, history.steps[at], policy_path) for at in changed)]
    finally:
        reader.close()


def trusted_eras(git: Git, tip: str, policy_path: str, known: KnownEras | None = None) -> list[Era]:
    """Every policy that stood on the first-parent chain of a commit, oldest first, where each came. Raises GitError.

    start: of no meaning here. known: the eras of a history; where it ends at this very commit, git is only asked for
    what stood before.
    """
    later: Sequence[Era] = ()
    start: str | None = tip
    if known is not None and known.history.tip == tip and known.history.is_whole_chain:
        start, later = known.history.base, known.eras[1:]
    eras = []
    if start is not None:
        listed = git.output("--literal-pathspecs", "rev-list", "--first-parent", "--reverse", start, "--", policy_path)
        reader = CatFile(git)
        try:
            eras = [_era(reader, 0, commit, policy_path) for commit in listed.decode().split()]
        finally:
            reader.close()
    return [era for era in (*eras, *later) if era.blob is not None]


def era_of_steps(history: History, eras: list[Era]) -> list[int]:
    """For each step of a history the position of its era in `eras`."""
    found: list[int] = []
    for position, era in enumerate(eras):
        end = eras[position + 1].start if position + 1 < len(eras) else len(history.steps)
        found += [position] * (end - era.start)
    return found


def _era(reader: CatFile, start: int, commit: str | None, policy_path: str) -> Era:
    if commit is None:
        return Era(start, None, (Problem("LG901", "", 0, "nothing stands before the first commit"),))
    try:
        blob = policy_blob(reader, commit, policy_path)
    except NoPolicyError as error:
        return Era(start, None, error.problems, commit)
    try:
        return Era(start, _read(reader.read(blob)[1]), (), commit, blob)
    except PolicyError as error:
        return Era(start, None, error.problems, commit, blob)


@lru_cache(maxsize=64)
def _read(content: bytes) -> Policy:
    """A policy that judges landings judges records too. Raises PolicyError."""
    return read_policy(content)
