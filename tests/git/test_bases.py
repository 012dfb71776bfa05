"""Merge bases from one reading of the history: against brute force on random graphs, and against git."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.git.bases import Ancestry, read_ancestry
from lanegate.git.run import Git
from tests.differential.store import Store, new_repository

Family = list[tuple[str, list[str]]]


def family(parents: list[list[int]]) -> Family:
    """A history whose commits are named by their numbers; what the last commit does not reach is left out."""
    reached, work = set[int](), [len(parents) - 1]
    while work:
        commit = work.pop()
        if commit not in reached:
            reached.add(commit)
            work += parents[commit]
    return [(str(commit), [str(parent) for parent in parents[commit]]) for commit in sorted(reached)]


def best_common(history: Family, one: str, two: str) -> set[str]:
    """By definition: common ancestors that no other common ancestor reaches."""
    reaches: dict[str, set[str]] = {}
    for commit, parents in history:
        reaches[commit] = {commit}.union(*(reaches[parent] for parent in parents))
    common = reaches[one] & reaches[two]
    return {commit for commit in common if not any(commit in reaches[other] for other in common - {commit})}


@st.composite
def graphs(draw: st.DrawFn) -> Family:
    parents: list[list[int]] = [[]]
    for number in range(1, draw(st.integers(1, 14))):
        near = st.integers(max(0, number - draw(st.sampled_from([1, 3, 14]))), number - 1)
        parents.append(draw(st.lists(near, min_size=0 if draw(st.integers(0, 9)) == 0 else 1, max_size=3, unique=True)))
    return family(parents)


@given(graphs(), st.data())
def test_every_pair_of_a_random_graph(history: Family, data: st.DataObject) -> None:
    ancestry = Ancestry(history)
    commits = st.sampled_from([commit for commit, _ in history])
    one, two = data.draw(commits), data.draw(commits)
    found = ancestry.merge_bases(one, two)
    assert len(found) == len(set(found))
    assert set(found) == best_common(history, one, two)


@pytest.mark.parametrize("seed", range(3))
def test_as_git_says_whatever_the_dates(tmp_path: Path, seed: int) -> None:
    repository = new_repository(tmp_path / "r.git")
    store, choice = Store(repository), random.Random(seed)
    tree = store.tree({})
    commits: list[str] = []
    for number in range(30):
        some = choice.sample(commits[-6:], min(len(commits), choice.choice((1, 1, 2, 2, 3))))
        who = f"A <a@x> {choice.randrange(1000)} +0000"
        head = "".join([f"tree {tree}\n", *(f"parent {oid}\n" for oid in some), f"author {who}\ncommitter {who}\n"])
        commits.append(store.commit(tree, [], b"%d\n" % number, head=head.encode()))
    git = Git(str(repository))
    ancestry = read_ancestry(git, commits[-1])
    known = [commit for commit in commits if commit in ancestry]
    assert len(known) > 10
    for _ in range(40):
        one, two = choice.choice(known), choice.choice(known)
        said = git.output("merge-base", "--all", one, two, accept=(0, 1)).decode().split()
        assert set(ancestry.merge_bases(one, two)) == set(said)


def test_nothing_shared_and_nothing_known() -> None:
    ancestry = Ancestry([("a", []), ("b", []), ("m", ["a", "b"])])
    assert ancestry.merge_bases("a", "b") == ()
    assert "a" in ancestry
    assert "x" not in ancestry
    with pytest.raises(KeyError):
        ancestry.merge_bases("a", "x")
    assert "a" not in Ancestry([])


def test_a_part_of_a_history_is_refused() -> None:
    with pytest.raises(KeyError):
        Ancestry([("b", ["a"])])
