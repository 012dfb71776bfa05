"""Which names of a long history are looked at more closely: one pass over all of them misses none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.names import fold, spells_dot_git
from lanegate.usecases.verify_names import _special

NAMES = st.sampled_from(
    [
        b"a",
        b"B",
        b".git",
        b".GIT",
        b".gitignore",
        b"a.",
        b"a ",
        b"GIT~1",
        b"x.git",
        b"\xc3\xa9",
        b"a\\b",
        b"a\nb",
        b" a",
    ]
)
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=3).map(b"/".join), max_size=6, unique=True)


@given(PATHS)
def test_nothing_special_is_missed(paths: list[bytes]) -> None:
    found = list(_special(paths))
    assert len(found) == len(set(found))
    assert set(found) <= set(paths)
    for path in set(paths).difference(found):
        for name in path.split(b"/"):
            assert fold(name) == name.decode().lower()
            assert not spells_dot_git(name)


def test_honest_names_are_left_alone() -> None:
    assert list(_special([b"a/.gitignore", b"x.git.py", b"README.md", b"a b/c.d"])) == []
    assert list(_special([b"a", b"b./c", b"d"])) == [b"b./c"]
    assert list(_special([])) == []
