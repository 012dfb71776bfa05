"""Merge bases from one reading of the history: against brute force on random graphs, and against git."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.git.bases import Ancestry, ancestry_above, read_ancestry
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


def reached(history: Family, some: Iterable[str]) -> set[str]:
    """These commits and all their ancestors."""
    found = set(some)
    for commit, parents in reversed(history):
        if commit in found:
            found.update(parents)
    return found


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


@given(graphs(), st.data())
def test_new_commits_alone(history: Family, data: st.DataObject) -> None:
    """What is beyond a commit or two, or some of a history: as in the whole of it, or None."""
    commits = [commit for commit, _ in history]
    known = reached(history, data.draw(st.lists(st.sampled_from(commits), max_size=2)))
    if data.draw(st.integers(0, 3)) == 0:
        known |= set(data.draw(st.lists(st.sampled_from(commits))))
    family = {commit: tuple(parents) for commit, parents in history if commit not in known}
    ancestry = ancestry_above(family)
    if ancestry is None:
        outside = {parent for parents in family.values() for parent in parents} - family.keys()
        assert len(outside) != 1 or () in family.values() or reached(history, known) != known
    else:
        told = st.sampled_from([commit for commit in commits if commit in ancestry])
        one, two = data.draw(told), data.draw(told)
        assert set(ancestry.merge_bases(one, two)) == best_common(history, one, two)


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


@pytest.mark.parametrize(
    "family",
    [
        {"z": (), "x": ("y", "z")},  # y may come from z
        {"x": ("a", "b")},  # a and b may share something
        {"x": ("a",), "y": ("a",)},  # which of the two is the tip?
        {},
    ],
)
def test_commits_that_do_not_tell_all(family: dict[str, tuple[str, ...]]) -> None:
    assert ancestry_above(family) is None


def test_what_hangs_from_one_commit_meets_there() -> None:
    ancestry = ancestry_above({"a": ("old",), "b": ("old",), "m": ("a", "b")})
    assert ancestry is not None
    assert ancestry.merge_bases("a", "b") == ("old",)
    assert ancestry.merge_bases("old", "b") == ("old",)


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
