"""Which commits a push brings, against walking the history by hand, whatever the commits say of their dates."""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from lanegate.git import objects, reach
from lanegate.git.objects import CatFile
from lanegate.git.reach import is_just_above, is_reachable, new_commits, reached
from lanegate.git.run import Git
from tests.differential.store import Store, new_repository

Parents = dict[str, list[str]]


class History:
    """A repository with a history of commits, several roots among them, and what it looks like by hand."""

    def __init__(self, folder: Path, choice: random.Random, size: int) -> None:
        store = Store(new_repository(folder))
        self.git = Git(str(folder))
        self.parents: Parents = {}
        tree = store.tree({})
        lines: list[list[str]] = [[], [], []]  # each with a clock of its own
        for number in range(size):
            mine = choice.randrange(3)
            some = [line[-1] for line in lines if line and (line is lines[mine] or choice.random() < 0.1)]
            some = some if choice.random() < 0.95 else []
            who = f"A <a@x> {(1000 if choice.random() < 0.9 else 2000) * mine + number} +0000"
            head = "".join([f"tree {tree}\n", *(f"parent {oid}\n" for oid in some), f"author {who}\ncommitter {who}\n"])
            lines[mine].append(store.commit(tree, [], b"%d\n" % number, head=head.encode()))
            self.parents[lines[mine][-1]] = some

    def first_parents(self, tip: str) -> list[str]:
        chain = [tip]
        while parents := self.parents[chain[-1]]:
            chain.append(parents[0])
        return chain

    def reached(self, tips: Iterable[str]) -> set[str]:
        found, work = set[str](), list(tips)
        while work:
            commit = work.pop()
            if commit not in found:
                found.add(commit)
                work += self.parents[commit]
        return found


def test_random_histories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong, steps = 0, 6
    monkeypatch.setattr(reach, "_STEPS", steps)
    for seed in range(4):
        choice = random.Random(seed)
        history = History(tmp_path / f"{seed}.git", choice, 60)
        commits = list(history.parents)
        reader = CatFile(history.git)
        for _ in range(30):
            new, known = choice.choice(commits[20:]), choice.sample(commits, choice.choice((0, 1, 1, 2, 4)))
            expected = history.reached([new]) - history.reached(known)
            found = new_commits(history.git, new, known)
            assert {oid: list(parents) for oid, parents in found} == {oid: history.parents[oid] for oid in expected}
            places = {oid: place for place, (oid, _) in enumerate(found)}
            assert all(places.get(parent, -1) < places[oid] for oid, parents in found for parent in parents)
            assert is_reachable(history.git, new, known) == (new in history.reached(known))
            for commit in known:
                chain = history.first_parents(new)
                near = commit in chain and chain.index(commit) < steps
                assert is_just_above(reader, commit, new) == near
            some = choice.sample(commits, choice.choice((0, 1, 3, 8)))
            assert reached(history.git, some, new) == history.reached([new]) & set(some)
            listed = history.git.output("rev-list", new, *(f"^{oid}" for oid in known)).decode().split()
            wrong += set(listed) != expected
        assert not is_just_above(reader, commits[0], history.git.line("rev-parse", f"{commits[-1]}^{{tree}}"))
        reader.close()
    assert wrong, "the dates were too good: rev-list alone would have done"


def test_a_step_that_cannot_be_told_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a commit that is malformed, or too large to be read."""
    store = Store(new_repository(tmp_path / "r.git"))
    first = store.commit(store.tree({}), [], b"x\n")
    second = store.commit(store.tree({}), [first], b"x" * 500)
    git = Git(str(store.folder))
    with closing(CatFile(git)) as reader:
        raw = reader.read(second)[1]
        odd = store.write("commit", raw.replace(b"\n\n", b"\nencoding x\n\n", 1))
        assert is_just_above(reader, first, second)
        assert not is_just_above(reader, first, odd)
        assert is_reachable(git, first, [odd])
    monkeypatch.setattr(objects, "OBJECT_LIMIT", 400)
    with closing(CatFile(git)) as reader:
        assert not is_just_above(reader, first, second)
