"""Random three-way merges: what is settled by ids against what git makes, and own changes both ways.

The generator is shown to be nasty enough: rename detection has a say in a fair share of its cases. LANEGATE_EXAMPLES=20
in the environment makes twenty times as many.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from lanegate.core.facts import Commit
from lanegate.core.merging import TreeMerge
from lanegate.core.tree_merge import merge_trees
from lanegate.git.bases import Ancestry
from lanegate.git.changes import tree_changes
from lanegate.git.commits import read_commits
from lanegate.git.mechanical import Mechanical, mechanical_merges
from lanegate.git.objects import CatFile
from lanegate.git.run import Git
from tests.differential.store import Files, RawEntry, Store, new_repository
from tests.git.three_way import Case, Generator, is_possible

CASES = 300 * int(os.environ.get("LANEGATE_EXAMPLES", "1"))


class Written(NamedTuple):
    """A case as objects: trees of base, first, second and expected; base commit and the sides' commits."""

    case: Case
    trees: tuple[str, str, str, str]
    base: str
    sides: tuple[str, str]


class Cases:
    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = new_repository(folder)
        self.store = Store(self.folder)
        self.git = Git(str(self.folder))
        generator = Generator(self.store, seed)
        self.random = generator.random
        self.written: list[Written] = []
        while len(self.written) < CASES:
            case = generator.case()
            if is_possible(case.expected):
                self.written.append(self._write(case))

    def _write(self, case: Case) -> Written:
        base, first, second, expected = (self._tree(files) for files in case)
        root = self.store.commit(base, [], b"Base\n")
        sides = self.store.commit(first, [root], b"First\n"), self.store.commit(second, [root], b"Second\n")
        return Written(case, (base, first, second, expected), root, sides)

    def _tree(self, files: Files) -> str:
        return self.store.tree(files, spoil=_old_modes if self.random.random() < 0.02 else None)


def _old_modes(entries: list[RawEntry]) -> list[RawEntry]:
    """A tree with modes that old programs wrote, and that git reads as the ones of today."""
    modes = {b"40000": b"040000", b"100644": b"100664"}
    return [(modes.get(mode, mode), name, oid) for mode, name, oid in entries]


@pytest.fixture(params=[1, 2], scope="module")
def cases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Cases:
    return Cases(tmp_path_factory.mktemp("three-way") / "r.git", request.param)


def test_what_ids_settle_is_what_git_makes(cases: Cases) -> None:
    answers = mechanical_merges(cases.git, [written.sides for written in cases.written])
    reader = CatFile(cases.git)
    seen: Counter[str] = Counter()
    settled: list[tuple[TreeMerge, Mechanical]] = []
    for written, answer in zip(cases.written, answers, strict=True):
        made = merge_trees(*written.trees, reader.tree)
        if not isinstance(answer, Mechanical):
            assert made is None, written.sides
            continue
        seen["by renames"] += answer.is_clean and answer.tree != written.trees[3]
        if made is None:
            continue
        seen["but for files" if made.files else "settled"] += 1
        for raw in made.folders:
            cases.store.write("tree", raw)
        paths = {path for path, _ in made.files}
        assert answer.is_clean or (paths and paths.issuperset(answer.conflicts)), written.sides
        settled.append((made, answer))
    reader.close()
    differences = tree_changes(cases.git, [(made.tree, answer.tree) for made, answer in settled])
    for (made, answer), changes in zip(settled, differences, strict=True):
        assert {change.path for change in changes} <= {path for path, _ in made.files}, answer
    assert seen["settled"] > CASES * 0.15
    assert seen["by renames"] > CASES * 0.03
    assert seen["but for files"] > CASES * 0.01


def test_own_changes_alone_and_in_a_long_history_are_the_same(cases: Cases) -> None:
    """In a long history also what the commits of a branch did is known (git/branch_edits.py)."""
    merges = []
    rows: dict[str, list[str]] = {}
    for written in cases.written:
        files = dict(cases.random.choice((*written.case[1:], written.case.expected)))
        if files and cases.random.random() < 0.2:
            del files[cases.random.choice(sorted(files))]
        merge = cases.store.commit(cases.store.tree(files), list(written.sides), b"Merge\n")
        merges.append(merge)
        first, second = written.sides
        rows |= {written.base: [], first: [written.base], second: [written.base], merge: [first, second]}
    ancestry = Ancestry([*rows.items(), ("tip", merges)])
    with closing(CatFile(cases.git)) as reader:
        alone = {commit.id: commit for commit in read_commits(cases.git, reader, merges, looks_at_trees=False)}
        read = read_commits(cases.git, reader, [*rows], looks_at_trees=False, ancestry=ancestry)
        among_others = {commit.id: commit for commit in read}
    for merge in merges:
        assert _told(among_others[merge]) == _told(alone[merge])
    assert sum(commit.is_clean_merge for commit in alone.values()) > CASES * 0.05


def _told(merge: Commit) -> object:
    """A merge without the ids of texts that hold markers, and without git's words on why it failed."""
    changes = [change._replace(old_id="") if change.path in merge.conflicts else change for change in merge.changes]
    return changes, merge.conflicts, [defect.code for defect in merge.defects]
