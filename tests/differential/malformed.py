"""What docs/judgement.md calls a malformed object, read from raw bytes.

`commit_defects` looks at a commit object, `tree_defects` at one tree, `collisions` at the names of one folder.
Each answers with words, one string a defect; no defect is an empty list. What HFS+ and NTFS take for `.git` is asked
of git itself (`update-index` with its two protections on).
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import unicodedata
from functools import cache
from typing import NamedTuple

from tests.differential.plumbing import ENVIRONMENT, Git

MODES = (b"40000", b"100644", b"100755", b"120000", b"160000")
SIGNATURES = (b"gpgsig", b"gpgsig-sha256")
HEX = rb"[0-9a-f]{40}(?:[0-9a-f]{24})?"


class TreeEntry(NamedTuple):
    mode: bytes
    name: bytes
    id: str


def commit_defects(raw: bytes) -> list[str]:
    """Defects of a commit object: its headers must be git's own, in git's order, and no NUL anywhere."""
    if b"\0" in raw:
        return ["NUL"]
    head, separator, _message = raw.partition(b"\n\n")
    if not separator:
        if not raw.endswith(b"\n"):
            return ["the last header does not end"]
        head = raw[:-1]
    lines = head.split(b"\n")
    number = 0
    expected = [(rb"tree " + HEX, False), (rb"parent " + HEX, True), (rb"author .+", False), (rb"committer .+", False)]
    for pattern, many in expected:
        start = number
        while number < len(lines) and re.fullmatch(pattern, lines[number]) and (many or number == start):
            number += 1
        if number == start and not many:
            return [f"header {number + 1} is not {pattern!r}"]
    return _optional_defects(lines[number:])


def _optional_defects(lines: list[bytes]) -> list[str]:
    defects: list[str] = []
    seen: list[bytes] = []
    for line in lines:
        if line.startswith(b" "):
            if not seen:
                defects.append("folded committer")
            continue
        if not re.fullmatch(rb"[^ ]+ .*", line, re.DOTALL):
            defects.append(f"header without a value: {line!r}")
        name = line.split(b" ", 1)[0]
        if name in (b"tree", b"parent", b"author", b"committer", b"encoding"):
            defects.append(f"header {name!r} here")
        if name in SIGNATURES and set(SIGNATURES) & set(seen):
            defects.append("two signatures")
        seen.append(name)
    return defects


def parse_tree(raw: bytes, id_size: int) -> list[TreeEntry] | None:
    """The entries of a raw tree as they stand; None when it cannot be cut into entries."""
    entries: list[TreeEntry] = []
    while raw:
        head, nul, rest = raw.partition(b"\0")
        mode, space, name = head.partition(b" ")
        if not nul or not space or len(rest) < id_size:
            return None
        entries.append(TreeEntry(mode, name, rest[:id_size].hex()))
        raw = rest[id_size:]
    return entries


def tree_defects(entries: list[TreeEntry]) -> list[str]:
    """Defects of one tree: modes, order, duplicates and names."""
    defects = [f"mode {entry.mode!r}" for entry in entries if entry.mode not in MODES]
    keys = [entry.name + (b"/" if entry.mode == b"40000" else b"") for entry in entries]
    if keys != sorted(keys):
        defects.append("not in git's order")
    names = [entry.name for entry in entries]
    if len(set(names)) != len(names):
        defects.append("duplicate name")
    defects.extend(f"name {name!r}" for name in names if is_bad_name(name))
    return defects


def is_bad_name(name: bytes) -> bool:
    """A name that no folder may hold: empty, `.`, `..`, with a slash or control character, or taken for `.git`."""
    if name in (b"", b".", b"..") or b"/" in name:
        return True
    if any(byte < 0x20 or byte == 0x7F for byte in name):
        return True
    suspicious = re.search(rb"g.*i.*t|\\", name, re.DOTALL | re.IGNORECASE)
    return suspicious is not None and _is_refused_by_git(name)


@cache
def _is_refused_by_git(name: bytes) -> bool:
    """Whether `git update-index` with core.protectHFS and core.protectNTFS refuses the name of a regular file."""
    with tempfile.TemporaryDirectory() as folder:
        index = {**ENVIRONMENT, "GIT_INDEX_FILE": os.path.join(folder, "index")}
        subprocess.run(["git", "init", "-q", "--bare", folder], env=ENVIRONMENT, check=True)
        protections = ["-c", "core.protectHFS=true", "-c", "core.protectNTFS=true"]
        entry = b"100644,e69de29bb2d1d6434b8b29ae775ad8c2e48c5391," + name
        command: list[str | bytes] = [
            "git",
            f"--git-dir={folder}",
            *protections,
            "update-index",
            "--add",
            "--cacheinfo",
            entry,
        ]
        done = subprocess.run(command, env=index, capture_output=True, check=False)
        return done.returncode != 0


def folded(name: bytes) -> str:
    """The name as a file system that folds case, normalises and drops trailing dots and spaces would see it."""
    text = unicodedata.normalize("NFC", name.decode("utf-8", "surrogateescape"))
    return unicodedata.normalize("NFC", text.casefold()).rstrip(". ")


def collisions(names: list[bytes], held_by_a_parent: list[set[bytes]]) -> list[str]:
    """Pairs of names that fold together, unless one parent's folder already holds both."""
    found: list[str] = []
    for number, one in enumerate(names):
        for other in names[number + 1 :]:
            is_old = any(one in held and other in held for held in held_by_a_parent)
            if one != other and not is_old and folded(one) == folded(other):
                found.append(f"{one!r} and {other!r} collide")
    return found


def object_defects(git: Git, commit: str) -> list[str]:
    """Defects of the commit object and of the trees that it brings: those that no parent has at the same path."""
    raw = git.object(commit)[1]
    defects = commit_defects(raw)
    if defects:
        return defects
    todo: list[tuple[str, list[str]]] = [(tree_of(git, commit), [tree_of(git, one) for one in git.parents(commit)])]
    while todo:
        tree, before = todo.pop()
        if tree in before:
            continue
        entries = parse_tree(git.object(tree)[1], len(commit) // 2)
        if entries is None:
            return ["a tree that cannot be read"]
        held = [parse_tree(git.object(one)[1], len(commit) // 2) or [] for one in before]
        defects += tree_defects(entries)
        defects += collisions([entry.name for entry in entries], [{entry.name for entry in folder} for folder in held])
        for entry in entries:
            if entry.mode == b"40000":
                same = [old.id for folder in held for old in folder if (old.mode, old.name) == entry[:2]]
                todo.append((entry.id, same))
    return defects


def tree_of(git: Git, commit: str) -> str:
    return git.object(commit)[1].split(b"\n", 1)[0].removeprefix(b"tree ").decode()
