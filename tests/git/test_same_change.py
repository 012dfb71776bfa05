"""The same change on another base is told from one that only looks like it."""

from __future__ import annotations

import pytest

from lanegate.git.objects import CatFile
from lanegate.git.run import Git
from lanegate.git.same_change import range_diff, why_different
from tests.support import Clone

TEXT = "".join(f"line {n}\n" for n in range(40))


def why(repo: Clone, old: str, new: str) -> str | None:
    git = Git(str(repo.path / ".git"))
    reader = CatFile(git)
    try:
        return why_different(git, reader, old, new)
    finally:
        reader.close()


@pytest.fixture
def base(repo: Clone) -> str:
    return repo.change({"a": TEXT, "b": "b\n", "binary": b"\0one\0two\n"})


def edited(
    repo: Clone, base: str, files: dict[str, str | bytes | None], *, under: dict[str, str | bytes | None]
) -> str:
    """A commit with these files on top of another base than `base`."""
    repo.git("reset", "-q", "--hard", base)
    repo.change(under, "Under")
    return repo.change(files, "Change")


def test_cherry_picked_on_other_lines(repo: Clone, base: str) -> None:
    old = repo.change({"a": TEXT.replace("line 30\n", "thirty\n"), "new": "n\n", "b": None})
    repo.git("reset", "-q", "--hard", base)
    repo.change({"a": "first\n" + TEXT, "c": "c\n"})
    repo.git("cherry-pick", old)
    assert repo.head() != old
    assert why(repo, old, repo.head()) is None
    assert range_diff(Git(str(repo.path / ".git")), old, repo.head()).startswith("1: ")


def test_amended_message_only(repo: Clone, base: str) -> None:
    old = repo.change({"a": "x\n"})
    repo.git("commit", "-q", "--amend", "-m", "Another message")
    assert why(repo, old, repo.head()) is None


def test_both_change_nothing(repo: Clone, base: str) -> None:
    old = repo.change({})
    repo.git("commit", "-q", "--amend", "--allow-empty", "-m", "Another message")
    assert why(repo, old, repo.head()) is None


EDIT = TEXT.replace("line 30\n", "thirty\n")


@pytest.mark.parametrize(
    ("files", "under", "says"),
    [
        ({"a": "first\n" + TEXT.replace("line 30\n", "thirtY\n")}, {"a": "first\n" + TEXT}, "a: other lines"),
        ({"a": "first\n" + TEXT.replace("line 30\n", "thirty \n")}, {"a": "first\n" + TEXT}, "a: other lines"),
        ({"a": EDIT.replace("line 29", "other")}, {"a": TEXT.replace("line 29", "other")}, "a: other lines"),
        ({"a": EDIT, "b": "more\n"}, {}, "only one of them changes b"),
        ({"b": "more\n"}, {}, "only one of them changes a"),
        ({"a": None}, {"c": "c\n"}, "a: another type or mode"),
    ],
)
def test_other_changes(
    repo: Clone, base: str, files: dict[str, str | bytes | None], under: dict[str, str | bytes | None], says: str
) -> None:
    old = repo.change({"a": EDIT})
    assert why(repo, old, edited(repo, base, files, under=under)) == says


@pytest.mark.parametrize("attributes", ["* -diff\n", "* diff=x\n", "* binary\n", ""])
def test_content_behind_a_zero_byte_or_attributes_counts(repo: Clone, base: str, attributes: str) -> None:
    old = repo.change({"binary": b"\0one\0three\n"})
    repo.git("reset", "-q", "--hard", base)
    repo.change({"binary": b"first\n\0one\0two\n", ".gitattributes": attributes})
    new = repo.change({"binary": b"first\n\0one\0four\n"})
    assert why(repo, old, new) == "binary: other lines"
    repo.git("reset", "-q", "--hard", "HEAD~1")
    assert (
        why(repo, old, repo.change({"binary": b"first\n\0one\0three\n"})) == "binary: other lines"
    )  # its context grew


def test_final_line_feed_and_mode(repo: Clone, base: str) -> None:
    old = repo.change({"new": "n\n"})
    assert why(repo, old, edited(repo, base, {"new": "n"}, under={"c": "c\n"})) == "new: other lines"
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.write("new", "n\n").chmod(0o755)
    assert why(repo, old, repo.change({})) == "new: another type or mode"


def test_links(repo: Clone, base: str) -> None:
    (repo.path / "link").symlink_to("a")
    old = repo.change({})
    repo.git("reset", "-q", "--hard", base)
    (repo.path / "link").symlink_to("b")
    assert why(repo, old, repo.change({})) == "link: another target"


def test_the_same_lines_in_another_function(repo: Clone) -> None:
    body = "    a = 1\n    b = 2\n    c = 3\n    d = 4\n    e = 5\n    f = 6\n    g = 7\n"
    base = repo.change({"m.py": f"def one():\n{body}def two():\n{body}"})
    mended = body.replace("d = 4", "d = 0")
    old = repo.change({"m.py": f"def one():\n{mended}def two():\n{body}"})
    new = edited(repo, base, {"m.py": f"def one():\n{body}def two():\n{mended}"}, under={"c": "c\n"})
    assert why(repo, old, new) == "m.py: other lines"


def test_merges_are_looked_at_anew(repo: Clone, base: str) -> None:
    old = repo.change({"a": "x\n"})
    repo.git("switch", "-q", "-c", "side", base)
    repo.change({"c": "c\n"})
    repo.git("merge", "-q", "--no-ff", "-m", "Merge", old)
    assert why(repo, old, repo.head()) == f"{repo.head()[:12]} is a merge: a merge is looked at anew"
