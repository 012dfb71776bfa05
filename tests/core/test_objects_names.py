"""Names of one folder that fall together on some file system."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.names import collisions, fold

UMLAUT, DECOMPOSED = "ü.py".encode(), "u\u0308.py".encode()


@pytest.mark.parametrize(
    ("names", "before", "expected"),
    [
        ([b"a", b"b"], set(), []),
        ([b"a", b"A"], {b"a"}, [(b"A", b"a")]),
        ([b"A", b"a"], {b"a"}, [(b"A", b"a")]),
        ([b"a", b"A"], {b"a", b"A"}, []),
        ([b"a", b"A", b"new"], {b"a", b"A"}, []),
        ([b"a", b"A"], set(), [(b"A", b"a")]),
        ([b"a", b"A", b"a."], {b"A"}, [(b"a", b"A"), (b"a.", b"A")]),
        ([b"a", b"a. ."], {b"a"}, [(b"a. .", b"a")]),
        ([b"a.", b"b."], set(), []),
        ([b"a ", b"b"], set(), []),
        ([b"a.", b"a", b"z"], {b"a"}, [(b"a.", b"a")]),
        ([b".a", b"a", b" a", b"b."], set(), []),
        (["ü".encode(), "ü.".encode(), ".ü".encode()], {"ü".encode()}, [("ü.".encode(), "ü".encode())]),
        ([DECOMPOSED, UMLAUT], {UMLAUT}, [(DECOMPOSED, UMLAUT)]),
        (["Ü.py".encode(), UMLAUT], {UMLAUT}, [("Ü.py".encode(), UMLAUT)]),
        (["straße".encode(), b"STRASSE"], {"straße".encode()}, [(b"STRASSE", "straße".encode())]),
        ([b"\xff", b"\xfe"], set(), []),
        ([b"\xffA", b"\xffa"], {b"\xffa"}, [(b"\xffA", b"\xffa")]),
        ([], set(), []),
    ],
)
def test_collisions(names: list[bytes], before: set[bytes], expected: list[tuple[bytes, bytes]]) -> None:
    assert list(collisions(names, before)) == expected


NAMES = st.lists(st.text(st.sampled_from("aAbB. ßSüÜ\u0308"), min_size=1, max_size=3).map(str.encode), unique=True)


@given(NAMES, st.data())
def test_of_names_that_fold_the_same_every_new_one_is_told_beside_one_that_stays(
    names: list[bytes], data: st.DataObject
) -> None:
    before = data.draw(st.sets(st.sampled_from(names))) if names else set()
    expected = {}
    for name in names:
        same = [other for other in names if fold(other) == fold(name)]
        stays = next((other for other in same if other in before), same[0])
        if name not in before and name != stays:
            expected[name] = stays
    assert dict(collisions(names, before)) == expected
