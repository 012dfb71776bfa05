"""Pushes that no git client makes: the protocol spoken by hand (gitprotocol-pack(5), "Pushing Data To a Server").

What pre-receive reads as the old id is the client's claim; git compares it with the ref only later, when it writes.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.attack_acceptance import Stage
from tests.attack_ledger import LEDGER, verdict
from tests.attack_support import LANE, MAIN, Arena, arena, blob, commit_tree, commit_with
from tests.support import ZERO


def packet(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    return b"%04x%b" % (len(raw) + 4, raw)


def speak(at: Arena, lines: list[tuple[str, str, str]], *tips: str, features: str = "report-status") -> str:
    """Send these (old, new, ref) lines and a pack of what `tips` reach; everything the server said."""
    commands = b"".join(
        packet(f"{old} {new} {ref}" + (f"\0{features}" if number == 0 else "") + "\n")
        for number, (old, new, ref) in enumerate(lines)
    )
    wanted = "".join(f"{tip}\n" for tip in tips).encode()
    argv = ["git", "pack-objects", "--revs", "--stdout", "-q"]
    pack = subprocess.run(argv, cwd=at.clone.path, input=wanted, capture_output=True, check=True).stdout
    brings = any(new != ZERO for _, new, _ in lines)
    said = subprocess.run(
        ["git", "receive-pack", str(at.server.path)],
        input=commands + b"0000" + (pack if brings else b""),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return (said.stdout + said.stderr).decode("utf-8", "replace")


def refused(at: Arena, lines: list[tuple[str, str, str]], *tips: str, features: str = "report-status") -> str:
    """The same; nothing may move."""
    before = at.refs()
    said = speak(at, lines, *tips, features=features)
    assert at.refs() == before, said
    assert "Traceback" not in said
    at.sound()
    return said


def ui(at: Arena, *parents: str) -> str:
    return commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))}, *parents)


def stolen(at: Arena, *parents: str) -> str:
    return commit_with(at.clone, {b"src/core/x.py": ("100644", blob(at.clone))}, *parents)


def test_an_honest_push_by_hand(tmp_path: Path) -> None:
    at = arena(tmp_path)
    commit = ui(at)
    said = speak(at, [(at.clone.head(), commit, MAIN), (ZERO, commit, LANE)], commit)
    assert "ok refs/heads/main" in said
    assert (at.server.tip(), at.server.tip(LANE)) == (commit, commit)


def test_an_old_id_that_lies(tmp_path: Path) -> None:
    """The claim would make a rewind look forward, known commits new, or new commits known."""
    at = arena(tmp_path)
    start = at.clone.head()
    first, bad = ui(at), stolen(at)
    at.accepts(f"{first}:{MAIN}")
    after = stolen(at, bad)
    for old, new in ((ZERO, bad), (start, bad), (bad, after), ("1" * 40, bad), (start, ui(at, bad)), (start, ZERO)):
        refused(at, [(old, new, MAIN)], bad, after, new if new != ZERO else bad)


def test_an_old_id_that_was_true_until_now(tmp_path: Path) -> None:
    """Another push was faster; whoever comes late learns that he did nothing wrong."""
    at = arena(tmp_path)
    start = at.clone.head()
    at.accepts(f"{ui(at)}:{MAIN}")
    late = ui(at)
    said = refused(at, [(start, late, MAIN)], late)
    assert f"LG903 {MAIN} is not at {start} any more: another push was faster" in said
    assert "fetch, and push again" in said
    assert "fsck" not in said


def test_one_ref_several_times(tmp_path: Path) -> None:
    at = arena(tmp_path)
    start = at.clone.head()
    good, bad = ui(at), stolen(at)
    refused(at, [(start, good, MAIN), (start, bad, MAIN)], good, bad)
    refused(at, [(start, good, MAIN), (good, bad, MAIN)], good, bad)
    refused(at, [(start, bad, MAIN), (bad, start, MAIN)], bad)
    refused(at, [(ZERO, good, LANE), (good, bad, LANE)], good, bad)


def test_the_ledger_several_times(tmp_path: Path) -> None:
    """git carries out one line after the other: what is on the second has to be judged as well."""
    stage = Stage(tmp_path)
    at, book = stage.at, stage.book
    commit = stage.commit()
    first = stage.accept(stage.commit({"src/ui/other.py": "x\n"}, on="origin/main"))
    next_, forged = book.make(verdict(commit), "cy"), book.make(verdict(commit), "mallory", writer="cy")
    for lines in (
        [(first, first), (first, forged)],
        [(first, next_), (next_, first)],
        [(first, next_), (first, next_)],
    ):
        said = refused(at, [(old, new, LEDGER) for old, new in lines], forged, next_)
        assert f"{LEDGER!r} is named more than once in one push" in said
    speak(at, [(first, next_, LEDGER)], next_)
    assert at.server.tip(LEDGER) == next_


def test_a_deletion_and_a_creation_of_one_ref(tmp_path: Path) -> None:
    at = arena(tmp_path)
    start, bad = at.clone.head(), stolen(at)
    refused(at, [(start, ZERO, MAIN), (ZERO, bad, MAIN)], bad)


def test_atomic_and_not(tmp_path: Path) -> None:
    at = arena(tmp_path)
    good, bad = ui(at), stolen(at)
    lines = [(ZERO, good, LANE), (ZERO, bad, "refs/heads/lane/core")]
    for features in ("report-status", "report-status atomic", "report-status-v2 side-band-64k", "quiet", ""):
        refused(at, lines, good, bad, features=features)


@pytest.mark.parametrize(
    "ref",
    [
        "refs/heads/../heads/main",
        "refs/heads//main",
        "refs/heads/main ",
        "refs/heads/main\n",
        "refs/heads/main.lock",
        "refs/heads/lane/ui/",
        "heads/main",
        "main",
        "HEAD",
        "FETCH_HEAD",
        "config",
        "../server.git/refs/heads/main",
        "refs/heads/lane/ui\x01",
        "refs/heads/" + "a" * 5000,
        "",
    ],
)
def test_names_that_are_no_refs(tmp_path: Path, ref: str) -> None:
    at = arena(tmp_path)
    good = ui(at)
    before = sorted(path.relative_to(at.server.path) for path in at.server.path.rglob("*"))
    refused(at, [(ZERO, good, ref)], good)
    after = sorted(path.relative_to(at.server.path) for path in at.server.path.rglob("*"))
    assert [path for path in after if path not in before and path.parts[0] != "lanegate"] == []


def test_nothing_is_asked(tmp_path: Path) -> None:
    at = arena(tmp_path)
    refused(at, [])
    refused(at, [(ZERO, ZERO, LANE)])


def test_objects_that_were_never_sent(tmp_path: Path) -> None:
    at = arena(tmp_path)
    good = ui(at)
    refused(at, [(ZERO, "1" * 40, LANE)], good)
    refused(at, [(ZERO, ui(at, stolen(at)), LANE)], good)
    lost = commit_tree(at.clone, at.clone.out("rev-parse", "HEAD^{tree}"), good)
    refused(at, [(ZERO, lost, LANE)])
