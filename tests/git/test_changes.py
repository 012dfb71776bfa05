"""Reading `git diff-tree --stdin`, whatever stands in a path and wherever a chunk of output ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lanegate.core.facts import ABSENT, Change
from lanegate.git import changes as module
from lanegate.git.changes import changes
from lanegate.git.run import Git
from tests.support import Clone

ODD = (b":foo", b":", b":100644 100644 a b M", b"a b", b"\xff", b"-x", b"0" * 40)


@pytest.mark.parametrize("size", [1, 2, 7, 50, 1 << 20])
def test_paths_that_look_like_the_format_and_chunks_that_end_anywhere(
    repo: Clone, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    first = repo.change({}, "Nothing")
    for name in ODD:
        repo.write(name)
    repo.git("add", "-A")
    assert repo.commit("Odd names").ok
    second = repo.head()
    repo.git("mv", "a b", "c d")
    assert repo.commit("Move").ok
    third = repo.head()
    stream = Git.stream

    def in_pieces(self: Git, *arguments: str, stdin: bytes = b"", wide: bool = False) -> Iterator[bytes]:
        whole = b"".join(stream(self, *arguments, stdin=stdin, wide=wide))
        return (whole[at : at + size] for at in range(0, len(whole), size))

    monkeypatch.setattr(Git, "stream", in_pieces)
    found = dict(changes(Git(str(repo.path / ".git")), [first, second, third]))
    assert first not in found
    blob = repo.out("rev-parse", "HEAD:c d")
    zero = "0" * 40
    assert found[second] == [Change(name, ABSENT, "100644", zero, blob) for name in sorted(ODD)]
    assert found[third] == [Change(b"a b", "100644", ABSENT, blob, zero), Change(b"c d", ABSENT, "100644", zero, blob)]


def test_more_paths_than_a_commit_may_touch(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATHS_LIMIT", 2)
    for number in range(3):
        repo.write(str(number))
    repo.git("add", "-A")
    assert repo.commit("Many").ok
    with pytest.raises(module.LimitError, match="touches more than 2 paths"):
        list(changes(Git(str(repo.path / ".git")), [repo.head()]))
