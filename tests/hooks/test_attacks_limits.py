"""Pushes that are small to send and endless to read (THREATS: "One small pack can stand for a billion paths")."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path

import pytest

from tests.attack_support import LANE, MAIN, Arena, arena, blob, codes_in, commit_tree, commit_with, tree
from tests.support import Bare, run

MERGE = "Merge\n"
KINDS = {"commit": 1, "tree": 2, "blob": 3}


class Pack:
    """Objects made in memory and stored as one pack: git needs a process for each, and there are many."""

    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}

    def add(self, kind: str, raw: bytes) -> str:
        oid = hashlib.sha1(b"%b %d\0%b" % (kind.encode(), len(raw), raw), usedforsecurity=False).hexdigest()
        size, head = len(raw), KINDS[kind] << 4 | len(raw) & 15
        size >>= 4
        header = bytearray()
        while size:
            header.append(head | 128)
            head, size = size & 127, size >> 7
        header.append(head)
        self.entries[oid] = bytes(header) + zlib.compress(raw, 1)
        return oid

    def tree(self, *entries: tuple[str, str, str]) -> str:
        return self.add(
            "tree", b"".join(b"%b %b\0%b" % (m.encode(), n.encode(), bytes.fromhex(i)) for m, n, i in entries)
        )

    def store(self, repo: Bare) -> None:
        body = b"PACK" + struct.pack(">II", 2, len(self.entries)) + b"".join(self.entries.values())
        data = body + hashlib.sha1(body, usedforsecurity=False).digest()
        repo.git("index-pack", "--stdin", data=data)


def below_ui(at: Arena, oid: str, name: str = "deep", message: str = "Change\n\nLane: ui\n") -> str:
    """A commit that adds the folder src/ui/NAME with the tree `oid`."""
    for folder, own in (("src/ui", name), ("src", "ui"), ("", "src")):
        rows = {}
        for line in at.clone.out("ls-tree", f"HEAD:{folder}").splitlines():
            mode, _, entry, path = line.split(None, 3)
            rows[path] = (mode.lstrip("0"), path.encode(), entry)
        rows[own] = ("40000", own.encode(), oid)
        ordered = sorted(rows.values(), key=lambda row: row[1] + b"/" if row[0] == "40000" else row[1])
        oid = tree(at.clone, *ordered)
    return commit_tree(at.clone, oid, "HEAD", message=message)


def lax(folder: Path, **config: str) -> Arena:
    return arena(folder, config={"receive.fsckObjects": "false", **{k.replace("_", "."): v for k, v in config.items()}})


def nested(levels: int) -> tuple[Pack, str]:
    pack = Pack()
    oid = pack.tree(("100644", "x", pack.add("blob", b"x\n")))
    for _ in range(levels - 1):
        oid = pack.tree(("40000", "d", oid))
    return pack, oid


def test_a_tree_of_tens_of_thousands_of_levels(tmp_path: Path) -> None:
    at = lax(tmp_path)
    pack, oid = nested(10_000)
    pack.store(at.clone)
    before = at.refs()
    ran = at.clone.push(f"{below_ui(at, oid)}:{LANE}")
    assert not ran.ok
    assert at.refs() == before
    assert codes_in(ran) <= {"LG903", "LG904"}, ran.both
    assert "Traceback" not in ran.both


def test_a_tree_deeper_than_anybody_works(tmp_path: Path) -> None:
    at = lax(tmp_path)
    pack, oid = nested(1500)
    pack.store(at.clone)
    at.refuses(f"{below_ui(at, oid)}:{LANE}", codes=["LG904"])


def test_a_deep_tree_honest(tmp_path: Path) -> None:
    at = lax(tmp_path)
    pack, oid = nested(200)
    pack.store(at.clone)
    at.accepts(f"{below_ui(at, oid)}:{LANE}")


def bomb(width: int, levels: int) -> tuple[Pack, str]:
    """A tree of width**levels paths in levels + 1 objects."""
    pack = Pack()
    oid = pack.add("blob", b"x\n")
    mode = "100644"
    for _ in range(levels):
        oid = pack.tree(*[(mode, f"{number:02}", oid) for number in range(width)])
        mode = "40000"
    return pack, oid


def test_a_small_pack_of_a_billion_paths(tmp_path: Path) -> None:
    at = lax(tmp_path, lanegate_deadline="4")
    pack, oid = bomb(10, 9)
    pack.store(at.clone)
    at.refuses(f"{below_ui(at, oid)}:{LANE}", codes=["LG904"])


def test_a_small_pack_of_a_billion_paths_in_a_merge(tmp_path: Path) -> None:
    """The merge itself brings it: neither parent has it."""
    at = lax(tmp_path, lanegate_deadline="4")
    pack, oid = bomb(10, 9)
    pack.store(at.clone)
    side = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    evil = at.clone.out("rev-parse", f"{below_ui(at, oid)}^{{tree}}")
    at.refuses(f"{commit_tree(at.clone, evil, 'HEAD', side, message=MERGE)}:{LANE}", codes=["LG904"])


def test_a_bomb_that_is_taken_away_again(tmp_path: Path) -> None:
    at = lax(tmp_path, lanegate_deadline="4")
    pack, oid = bomb(10, 9)
    pack.store(at.clone)
    bad = below_ui(at, oid)
    back = commit_tree(at.clone, at.clone.out("rev-parse", "HEAD^{tree}"), bad)
    at.refuses(f"{back}:{LANE}", codes=["LG904"])


def test_a_commit_of_very_many_paths_honest(tmp_path: Path) -> None:
    at = lax(tmp_path)
    pack, oid = bomb(30, 3)
    pack.store(at.clone)
    ran = at.accepts(f"{below_ui(at, oid)}:{LANE}")
    assert "27000 paths" in ran.err


def test_a_commit_of_very_many_foreign_paths(tmp_path: Path) -> None:
    """Every one is refused; what is said stays readable."""
    at = lax(tmp_path)
    pack, oid = bomb(30, 3)
    pack.store(at.clone)
    ran = at.refuses(f"{below_ui(at, oid, 'theme')}:{LANE}", codes=["LG101"])
    assert "27001 problems" in ran.err
    assert len(ran.err) < 30_000


def test_a_deadline_ends_the_reading(tmp_path: Path) -> None:
    at = lax(tmp_path, lanegate_deadline="0.01")
    pack, oid = bomb(30, 3)
    pack.store(at.clone)
    at.refuses(f"{below_ui(at, oid)}:{LANE}", codes=["LG905"])
    at.server.config("lanegate.deadline", "50")
    at.accepts(f"{below_ui(at, oid)}:{LANE}")


@pytest.mark.parametrize("seconds", ["0.05", "0.1", "0.2"])
def test_a_deadline_leaves_no_process_and_no_folder_behind(tmp_path: Path, seconds: str) -> None:
    """Whatever it interrupts: git reading trees, git merging in its scratch folder, or Python."""
    at = lax(tmp_path, lanegate_deadline=seconds)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    head, tip = at.clone.head(), at.clone.head()
    for number in range(10):
        side = commit_with(at.clone, {b"src/app.py": ("100644", blob(at.clone, f"{number}\n"))}, head)
        mine = commit_with(at.clone, {b"src/app.py": ("100644", blob(at.clone, f"mine {number}\n"))}, tip)
        tip = commit_tree(at.clone, at.clone.out("rev-parse", f"{mine}^{{tree}}"), mine, side)
    pack, oid = bomb(75, 3)
    pack.store(at.clone)
    tree_of = at.clone.out("rev-parse", f"{below_ui(at, oid)}^{{tree}}")
    tip = commit_tree(at.clone, tree_of, tip)
    before = at.refs()
    ran = at.clone.push(f"{tip}:{LANE}", options=(f"--receive-pack=env TMPDIR={scratch} git-receive-pack",))
    assert codes_in(ran) == {"LG905"}, ran.both
    assert at.refs() == before
    assert list(scratch.iterdir()) == []
    assert str(at.server.path) not in run(["ps", "-A", "-o", "args"], cwd=tmp_path).out


def test_a_commit_object_of_many_megabytes(tmp_path: Path) -> None:
    at = lax(tmp_path)
    message = b"Big\n\n" + b"x" * (17 << 20) + b"\n\nLane: ui\n"
    big = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))}, message=message)
    at.refuses(f"{big}:{LANE}", codes=["LG904"])


def test_a_file_of_many_megabytes_honest(tmp_path: Path) -> None:
    """Content is not read: what a file holds is not lanegate's business."""
    at = lax(tmp_path)
    at.clone.git("config", "core.compression", "0")
    big = commit_with(at.clone, {b"src/ui/big": ("100644", blob(at.clone, b"x" * (20 << 20)))})
    at.accepts(f"{big}:{LANE}")


@pytest.mark.parametrize("size", [5_000, 20 << 20])
def test_a_link_whose_target_has_many_bytes(tmp_path: Path, size: int) -> None:
    at = lax(tmp_path)
    at.clone.git("config", "core.compression", "0")
    big = commit_with(at.clone, {b"src/ui/big": ("120000", blob(at.clone, b"x" * size))})
    at.refuses(f"{big}:{LANE}", codes=["LG101"])


def test_very_many_commits(tmp_path: Path) -> None:
    at = lax(tmp_path)
    head, top = at.clone.head(), at.clone.out("rev-parse", "HEAD^{tree}")
    pack = Pack()
    tip = head
    for number in range(3000):
        lane = "nobody" if number == 1234 else "ui"
        people = "author A <a@x> 1700000000 +0000\ncommitter A <a@x> 1700000000 +0000\n"
        tip = pack.add("commit", f"tree {top}\nparent {tip}\n{people}\n{number}\n\nLane: {lane}\n".encode())
        if number == 1000:
            good = tip
    pack.store(at.clone)
    ran = at.refuses(f"{tip}:{LANE}", codes=["LG201"])
    assert "in 1 of 3000 commits" in ran.err
    at.accepts(f"{good}:{LANE}")


def test_very_many_refs_in_one_push(tmp_path: Path) -> None:
    at = lax(tmp_path)
    head = at.clone.head()
    lines = "".join(f"create refs/heads/many/{number} {head}\n" for number in range(500))
    at.clone.git("update-ref", "--stdin", data=lines)
    at.clone.git("config", "remote.origin.push", "refs/heads/many/*:refs/heads/many/*")
    before = at.refs()
    ran = run(["git", "push", "origin"], cwd=at.clone.path)
    assert not ran.ok
    assert "500 problems" in ran.err
    assert at.refs() == before
    lines = "".join(f"create refs/tags/v{number} {head}\n" for number in range(200))
    at.clone.git("update-ref", "--stdin", data=lines)
    ran = run(["git", "push", "origin", "--tags"], cwd=at.clone.path)
    assert ran.ok, ran.both


@pytest.mark.parametrize("name", ["d" * 250, "ü" * 120])
def test_names_as_long_as_a_disk_allows(tmp_path: Path, name: str) -> None:
    at = lax(tmp_path)
    path = "/".join(["src/ui", *[name] * 20])
    at.accepts(f"{commit_with(at.clone, {path.encode(): ('100644', blob(at.clone))})}:{LANE}")
    outside = "/".join(["docs", *[name] * 20])
    ran = at.refuses(f"{commit_with(at.clone, {outside.encode(): ('100644', blob(at.clone))})}:{MAIN}", codes=["LG101"])
    assert len(ran.err) < 30_000
