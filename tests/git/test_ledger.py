"""Looking things up in a ledger, in a repository and in memory: both say the same, and what is broken is an error."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lanegate.core.ledger import commit_path, lane_path
from lanegate.core.record import GateRun, Reconcile, Record, Verdict, Withdraw, read_record
from lanegate.git.ledger import Ledger, LedgerView, MemoryLedger
from lanegate.git.ledger_state import LedgerState
from lanegate.git.objects import CatFile
from lanegate.git.run import Git, GitError
from tests.git.ledgers import MAIN, Writer


@pytest.fixture(params=[(), ("--object-format=sha256",)], ids=["sha1", "sha256"])
def writer(tmp_path: Path, request: pytest.FixtureRequest) -> Writer:
    return Writer(tmp_path / "ledger.git", *request.param)


@pytest.fixture
def reader(writer: Writer) -> Iterator[CatFile]:
    with closing(CatFile(Git(str(writer.bare.path)))) as opened:
        yield opened


def history(writer: Writer) -> list[str]:
    """Ten records in two lanes; the commit of each."""
    return [
        writer.verdict(1, 2),
        writer.verdict(3, lane="core"),
        writer.verdict(2, rejected=True),
        writer.write(Withdraw((writer.id(2),), (MAIN,))),
        writer.verdict(2, 4),
        writer.write(Reconcile("ui", ("A-1",))),
        writer.write(GateRun(writer.id(4), ("full",))),
        writer.verdict(3, lane="core", rejected=True),
        writer.verdict(5, lane="core"),
        writer.verdict(5, lane="core", rejected=True),
    ]


def in_memory(writer: Writer, tips: list[str]) -> MemoryLedger:
    """The ledger up to the last of the tips, from its records alone."""
    state, lasts = LedgerState(None, None, writer.digits), dict[str, list[bytes]]()
    for tip in tips:
        record = read_record(writer.bare.git("cat-file", "blob", f"{tip}:record").out.encode())
        assert state.add(record) == writer.bare.out("rev-parse", f"{tip}^{{tree}}")
        state.stand_at(tip)
        if isinstance(record.body, Verdict):
            lasts.setdefault(record.body.lane, []).append(state.files[lane_path(record.body.lane, "last")])
        state.forget()
    return MemoryLedger(state.files, lasts, len(tips))


def test_both_ways_say_the_same(writer: Writer, reader: CatFile) -> None:
    tips = history(writer)
    for count in (1, 4, 10):
        stored: LedgerView = Ledger(reader, tips[count - 1])
        kept: LedgerView = in_memory(writer, tips[:count])
        assert stored.number == kept.number == count
        for number in range(8):
            assert stored.entries(writer.id(number)) == kept.entries(writer.id(number))
        for lane in ("ui", "core", "docs"):
            assert stored.events(lane) == kept.events(lane)
            assert list(stored.verdicts(lane)) == list(kept.verdicts(lane))


def test_what_it_says(writer: Writer, reader: CatFile) -> None:
    ledger = Ledger(reader, history(writer)[-1])
    assert [(entry.number, entry.kind, entry.one("is")) for entry in ledger.entries(writer.id(2))] == [
        (1, "verdict", "accepted"),
        (3, "verdict", "rejected"),
        (4, "withdraw", None),
        (5, "verdict", "accepted"),
    ]
    assert [entry.number for entry in ledger.events("ui")] == [3, 6]
    assert [entry.number for entry in ledger.verdicts("core")] == [10, 9, 8, 2]
    assert next(ledger.verdicts("ui")).all("commit") == (writer.id(2), writer.id(4))
    assert ledger.entries(writer.id(9)) == ()
    assert ledger.events("docs") == ()


def test_no_ledger(reader: CatFile) -> None:
    for ledger in (Ledger(reader, None), MemoryLedger({}, {}, 0)):
        assert ledger.number == 0
        assert ledger.entries("1" * 40) == ()
        assert ledger.events("ui") == ()
        assert list(ledger.verdicts("ui")) == []


def test_the_number_is_the_records_own(writer: Writer, reader: CatFile) -> None:
    """Whatever the text of a record says of numbers."""
    tip = writer.write(Reconcile("ui", ('"number":',)), note='\n "number": 99,\n')
    assert Ledger(reader, tip).number == 1


def test_a_missing_tree_is_an_error(writer: Writer) -> None:
    """Never "nothing stands there": an unreadable ledger would forget its rejections."""
    tip = history(writer)[-1]
    for path in ("commits", f"commits/{'/'.join(writer.id(2)[:4])}", "lanes", "lanes/ui", ""):
        copy = writer.bare.path.parent / "copy.git"
        shutil.copytree(writer.bare.path, copy)
        oid = writer.bare.out("rev-parse", f"{tip}:{path}")
        (copy / "objects" / oid[:2] / oid[2:]).unlink()
        with closing(CatFile(Git(str(copy)))) as reader:
            ledger = Ledger(reader, tip)
            with pytest.raises(GitError):
                (ledger.entries(writer.id(2)), ledger.events("ui"))
        shutil.rmtree(copy)


def test_a_missing_commit_is_an_error(writer: Writer, reader: CatFile) -> None:
    history(writer)
    with pytest.raises(GitError):
        Ledger(reader, "12" * (writer.digits // 2)).entries(writer.id(2))
    with pytest.raises(GitError):
        _ = Ledger(reader, "12" * (writer.digits // 2)).number


@pytest.mark.parametrize("content", ["nonsense", "7 verdict", "7 verdict on\n"])
def test_a_damaged_state_is_an_error(writer: Writer, reader: CatFile, content: str) -> None:
    oid = writer.bare.out("hash-object", "-w", "--stdin", data=content)
    *folders, name = commit_path(writer.id(1)).decode().split("/")
    tree = writer.bare.out("mktree", data=f"100644 blob {oid}\t{name}\n")
    for folder in reversed(folders):
        tree = writer.bare.out("mktree", data=f"040000 tree {tree}\t{folder}\n")
    tip = writer.bare.out("commit-tree", tree, data="x")
    with pytest.raises(GitError, match="damaged at commits/"):
        Ledger(reader, tip).entries(writer.id(1))
    with pytest.raises(GitError, match="damaged at commits/"):
        MemoryLedger({commit_path(writer.id(1)): content.encode()}, {}, 1).entries(writer.id(1))
    with pytest.raises(GitError, match="holds no record"):
        _ = Ledger(reader, tip).number
    with pytest.raises(GitError, match="holds a tree at commits/"):
        Ledger(reader, tip).entries(writer.id(1)[:4])


def test_records_are_what_was_written(writer: Writer) -> None:
    tip = writer.verdict(1)
    data = writer.bare.git("cat-file", "blob", f"{tip}:record").out.encode()
    assert read_record(data) == Record(1, "1" * writer.digits, Verdict("accepted", (writer.id(1),), "ui", (MAIN,)))
