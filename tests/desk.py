"""A desk: somebody's clone with lanegate's hooks installed, for tests that commit and push as people do.

Making one takes git a score of processes, so it is made once in a test process and copied.
"""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from lanegate.git.worktree import find
from lanegate.usecases.install import install
from tests.support import FILES, POLICY, Bare, Clone, Ran, make_clone, make_server

_CODE = re.compile(r"\bLG\d{3}\b")


class Desk(Clone):
    """A clone with hooks. `server` is its origin, with lanegate's gate."""

    @property
    def server(self) -> Bare:
        return Bare(self.path.parent / "server.git")

    def use(self, lane: str, path: Path | None = None) -> None:
        """Let a worktree (this one by default) work in a lane, without its branch."""
        from lanegate.usecases.clone import open_clone
        from lanegate.usecases.lane_use import use_lane

        clone = open_clone(find(str(path or self.path)))
        assert clone is not None
        use_lane(clone, lane, with_branch=False)

    def stage(self, files: Mapping[str, str | bytes | None]) -> None:
        """Write (None: delete) files and stage exactly these."""
        for path, content in files.items():
            if content is None:
                self.git("rm", "-q", "-r", "--", path)
            else:
                self.write(path, content)
                self.git("add", "--", path)

    def git_commit(self, *args: str, env: Mapping[str, str] | None = None, data: str = "") -> Ran:
        """`git commit ARGS` with hooks; unchecked."""
        desk = Desk(self.path, {**self.environment, **(env or {})})
        return desk.git("commit", *args, data=data, check=False)

    def at(self, path: Path) -> Desk:
        """The same for another worktree of this repository."""
        return Desk(path, self.environment)


def codes(ran: Ran) -> set[str]:
    return set(_CODE.findall(ran.both))


def refuses(ran: Ran, *expected: str) -> None:
    """Check that a command was refused with exactly these codes, in words."""
    assert ran.code != 0, ran.both
    assert codes(ran) == set(expected), ran.both
    assert "Traceback" not in ran.both, ran.both


def allows(ran: Ran) -> None:
    """Check that a command went through and lanegate said nothing."""
    assert ran.ok, ran.both
    assert "lanegate:" not in ran.both, ran.both


def make_desk(path: Path, *, text: str = POLICY) -> Desk:
    """A server and a clone of it with hooks, below `path`, on main; the policy `text` on the server's main."""
    shutil.copytree(_template(text), path, symlinks=True, dirs_exist_ok=True)
    desk = Desk(path / "clone")
    desk.git("remote", "set-url", "origin", str(path / "server.git"))
    desk.git("update-index", "-q", "--refresh")  # the copies have other inodes
    return desk


@cache
def _template(text: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="lanegate-desk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    server = make_server(folder / "server.git", text=text, files=FILES)
    clone = make_clone(server, folder / "clone")
    install(find(str(clone.path)))
    shutil.rmtree(folder / "server.git.seed")
    return folder
