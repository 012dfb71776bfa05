"""Which file a path in an agent's hand really is: in which work tree of which repository, and what git calls it there.

A tool may follow links before it takes `..` away, as the system does, or after, as many path libraries do; it may
expand `~` or not. Where these differ, each file that could be meant is judged. A file that is deleted is the link
itself, one that is written is what the link leads to.

What is inside the folder `.git` of a work tree is git's own, and lanegate's: no tool's to edit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from lanegate.core.named_tuple import NamedTuple
from lanegate.git.run import GitError
from lanegate.git.worktree import NotARepositoryError, Worktree, find, own_configuration, without_repository

#: Would hide a repository from git.
_HIDING = ("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM")


class Place(NamedTuple):
    """A file in a work tree. path: as git names it; None: it belongs to git itself."""

    worktree: Worktree
    path: bytes | None


def files_meant(path: str, folder: str, *, deletes: bool) -> tuple[str, ...]:
    """The files, absolute and without links, that a tool may mean by a path. Raises ValueError, OSError."""
    if "\0" in path:
        raise ValueError("a path with a NUL byte")
    found = []
    for spelled in dict.fromkeys((path, os.path.expanduser(path))):
        full = os.path.join(folder, spelled)
        for way in dict.fromkeys((full, os.path.normpath(full))):
            if deletes:
                head, name = os.path.split(way.rstrip("/"))
                found.append(os.path.join(os.path.realpath(head), name))
            else:
                found.append(os.path.realpath(way))
    return tuple(dict.fromkeys(os.path.normpath(each) for each in found))


def place_of(file: str, environ: Mapping[str, str]) -> Place | None:
    """Where a file is, or would be made; None outside of every repository. file: absolute, without links.

    Raises GitError where there is a repository that git cannot or will not use.
    """
    environ = {name: value for name, value in without_repository(environ).items() if name not in _HIDING}
    folder = os.path.dirname(file)
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    try:
        worktree = find(folder, environ)
    except NotARepositoryError as error:
        above = next(_with_git(folder), None)
        if above is None:
            return None
        raise GitError(f"git cannot use the repository in {above}: {error.message}") from error
    inside = worktree.top is not None and (file == worktree.top or file.startswith(worktree.top.rstrip("/") + "/"))
    if worktree.top is None or not inside:
        owner = _owner_of_git_folder(file, environ)
        return None if owner is None else Place(owner, None)
    path = os.path.relpath(file, worktree.top)
    if path.split("/")[0].lower() == ".git":
        return Place(worktree, None)
    return Place(worktree, os.fsencode(_as_stored(worktree, path)))


def _owner_of_git_folder(file: str, environ: Mapping[str, str]) -> Worktree | None:
    """The work tree whose `.git` holds a file."""
    parts = file.split("/")
    names = [part.lower() for part in parts]
    if ".git" not in names:
        return None
    folder = "/".join(parts[: names.index(".git")]) or "/"
    return find(folder, environ)


def _with_git(folder: str) -> Iterator[str]:
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            yield folder
        if folder == os.path.dirname(folder):
            return
        folder = os.path.dirname(folder)


def _as_stored(worktree: Worktree, path: str) -> str:
    """The path in the spelling that its folders have, where the file system takes several for one."""
    configured = {key: value for _, key, value in own_configuration(worktree.git)}
    if configured.get("core.ignorecase", "false") == "false":
        return path
    stored, folder = [], worktree.top or ""
    for name in path.split("/"):
        try:
            there = os.listdir(folder)
        except OSError:
            there = []
        same = [each for each in there if each.casefold() == name.casefold()]
        stored.append(name if name in there or not same else same[0])
        folder = os.path.join(folder, stored[-1])
    return "/".join(stored)
