"""The scratch repository sees another one's objects wherever they are, leaves nothing there, and goes away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lanegate.git.run import Git, GitError
from lanegate.git.scratch import Scratch, object_folder, quoted
from tests.differential.store import Store, new_repository
from tests.support import make_repo, run


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["plain.git", 'a "b"\n\\c:ü\udcff.git', " #.git"])
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_it_sees_objects_and_writes_none_there(tmp_path: Path, name: str, object_format: str) -> None:
    made = new_repository(tmp_path / "made.git", f"--object-format={object_format}")
    blob = Store(made).blob(b"content\n")
    origin = made.rename(tmp_path / name)
    before = files_below(origin)
    with Scratch(Git(str(origin)), len(blob)) as scratch:
        assert scratch.git.output("cat-file", "blob", blob) == b"content\n"
        written = scratch.git.line("hash-object", "-w", "--stdin")
        assert scratch.git.line("cat-file", "-t", written) == "blob"
        folder = Path(scratch.folder)
        assert folder.stat().st_mode & 0o777 == 0o700
    assert files_below(origin) == before
    assert not folder.exists()
    scratch.close()


def test_it_sees_quarantined_objects_and_the_ones_behind(tmp_path: Path) -> None:
    origin, incoming = new_repository(tmp_path / "o.git"), new_repository(tmp_path / "in:coming.git")
    old, new = Store(origin).blob(b"old"), Store(incoming).blob(b"new")
    environment = {
        **os.environ,
        "GIT_OBJECT_DIRECTORY": str(incoming / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": quoted(os.fsencode(origin / "objects")).decode(),
        "GIT_QUARANTINE_PATH": str(incoming / "objects"),
    }
    before = files_below(incoming)
    with Scratch(Git(str(origin), environment), 40) as scratch:
        assert scratch.git.output("cat-file", "blob", old) == b"old"
        assert scratch.git.output("cat-file", "blob", new) == b"new"
        scratch.git.output("hash-object", "-w", "--stdin", stdin=b"written")
    assert files_below(incoming) == before


def test_it_sees_alternates_of_the_repository(tmp_path: Path) -> None:
    origin = new_repository(tmp_path / "o.git")
    blob = Store(origin).blob(b"far")
    run(["git", "clone", "-q", "--bare", "--shared", str(origin), "borrower.git"], cwd=tmp_path, check=True)
    with Scratch(Git(str(tmp_path / "borrower.git")), 40) as scratch:
        assert scratch.git.output("cat-file", "blob", blob) == b"far"


def test_the_objects_of_a_linked_worktree_are_the_main_ones(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    repo.change({"a": "1\n"})
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    git_dir = str(repo.path / ".git/worktrees/linked")
    assert object_folder(Git(git_dir)) == str(repo.path / ".git/objects")
    assert object_folder(Git(str(repo.path / ".git"))) == str(repo.path / ".git/objects")


def test_no_configuration_or_attributes_of_the_repository_count(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    repo.git("config", "merge.conflictStyle", "diff3")
    with Scratch(Git(str(repo.path / ".git")), 40) as scratch:
        assert scratch.git.line("config", "--get", "merge.conflictStyle", accept=(1,)) == ""
        attributes = scratch.git.line("config", "core.attributesFile")
    assert attributes == "/dev/null"


def test_a_place_that_cannot_be_written_is_a_git_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    origin = new_repository(tmp_path / "o.git")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    with pytest.raises(GitError, match=r"no scratch repository could be made in .*missing.*: No such file"):
        Scratch(Git(str(origin)), 40).make()


@pytest.mark.parametrize("times", [1, 3])
def test_a_deadline_meanwhile_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """While the folder is made, and while it is removed."""
    origin = new_repository(tmp_path / "o.git")
    left = [*"x" * times]
    monkeypatch.setenv("TMPDIR", str(tmp_path / "here"))
    (tmp_path / "here").mkdir()

    rmdir = os.rmdir

    def interrupted(path: str) -> None:
        rmdir(path)
        if left:
            left.pop()
            raise KeyboardInterrupt

    scratch = Scratch(Git(str(origin)), 40)
    scratch.make()
    scratch.write("blob", b"x")
    monkeypatch.setattr(os, "rmdir", interrupted)
    with pytest.raises(KeyboardInterrupt):
        scratch.close()
    assert not Path(scratch.folder).exists()
    left.append("x")
    with pytest.raises(KeyboardInterrupt), Scratch(Git(str(origin)), 40):
        pass
    monkeypatch.undo()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "here"))

    def no_room(_: Scratch, __: bytes) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Scratch, "_fill", no_room)
    with pytest.raises(KeyboardInterrupt), Scratch(Git(str(origin)), 40):
        pytest.fail("it was not made")
    assert list((tmp_path / "here").iterdir()) == []


def test_what_cannot_be_removed_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    origin = new_repository(tmp_path / "o.git")
    scratch = Scratch(Git(str(origin)), 40)
    scratch.make()

    def refuse(path: str) -> None:
        raise PermissionError(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "rmdir", refuse)
        scratch.close()
    assert Path(scratch.folder).exists()
    scratch.close()
    assert not Path(scratch.folder).exists()
