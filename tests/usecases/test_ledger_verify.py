"""Verifying a whole ledger in a clone: what the server took passes, and every forgery is found without the server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lanegate.core.decision import Violation
from lanegate.core.record import GateRun, Landing, Moved, Reconcile, Withdraw
from lanegate.git.history import chain_ids, read_history
from lanegate.git.ledger import Ledger, MemoryLedger
from lanegate.git.objects import CatFile
from lanegate.usecases import records_ahead
from lanegate.usecases.ledger_verify import VerifiedLedger, verify_chain
from lanegate.usecases.policy_eras import read_eras
from tests.attack_ledger import LEDGER, Book, content, forge, ledger_policy, rejection, verdict
from tests.attack_signatures import by, key_line, parted, raw_of
from tests.attack_support import LANE, MAIN, Arena, arena, raw_commit
from tests.support import POLICY_PATH


@pytest.fixture(autouse=True)
def _signatures_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """However short the ledger, it is read by processes of their own too, and not all of it at once."""
    monkeypatch.setattr(records_ahead, "FEW", 0)
    monkeypatch.setattr(records_ahead, "PART", 1)
    monkeypatch.setattr(records_ahead, "WAITING", 2)


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    return arena(tmp_path, ledger_policy())


def verified(book: Book, tip: str | None = None) -> VerifiedLedger:
    """The clone's answer, by the policies on its own main."""
    git = book.git
    head = book.at.clone.tip("refs/heads/main")
    assert head is not None
    history = read_history(git, None, head)
    eras, ids = read_eras(git, history, POLICY_PATH), chain_ids(git, tip or book.tip or "")
    found = verify_chain(git, ids, eras)
    with records_ahead.records_ahead(git, ids, eras, 2) as ahead:
        aside = verify_chain(git, ids, eras, None, ahead)
    assert aside._replace(ledger=found.ledger) == found
    return found


def told(book: Book, tip: str | None = None) -> list[tuple[str, str]]:
    return [(problem.code, problem.message) for problem in verified(book, tip).problems]


def agree(book: Book, memory: MemoryLedger) -> None:
    """What the records say is what the tree at the tip says."""
    reader = CatFile(book.git)
    stored = Ledger(reader, book.tip)
    assert stored.number == memory.number
    paths = book.at.clone.out("ls-tree", "-r", "--name-only", book.tip or "").splitlines()
    commits = [path.removeprefix("commits/").replace("/", "") for path in paths if path.startswith("commits/")]
    assert commits
    for commit in commits:
        assert stored.entries(commit) == memory.entries(commit)
    for lane in ("ui", "core", "docs"):
        assert stored.events(lane) == memory.events(lane)
        assert list(stored.verdicts(lane)) == list(memory.verdicts(lane))
    reader.close()


def test_what_the_server_took(at: Arena) -> None:
    book = Book(at)
    commit = by("bob", at.clone).change({"src/ui/x.py": "x\n"}, lane="ui")
    at.accepts(f"{commit}:{LANE}")
    at.clone.git("reset", "-q", "--hard", "HEAD~")
    book.write(verdict(commit))
    book.write(rejection(at, commit), "ana")
    book.write(Withdraw((commit,), (MAIN,)))
    book.write(Reconcile("ui", ("A-1",)), "bob")
    book.write(Landing((Moved(LANE, None, commit),), "now", "2.39.5", "bob"), "server")
    at.accepts(f"{book.tip}:{LEDGER}")
    answer = verified(book)
    assert answer.problems == ()
    assert [record.number for record in answer.records] == [1, 2, 3, 4, 5]
    assert answer.commits[-1] == book.tip
    agree(book, answer.ledger)


def test_policies_in_their_order(at: Arena) -> None:
    """Each record by the policy of its time: cy may accept, then no more, then again."""
    book, commit = Book(at), "1" * 40
    text = at.clone.git("cat-file", "blob", f"HEAD:{POLICY_PATH}").out
    without = text.replace('acceptor = ["ana", "cy"]', 'acceptor = ["ana"]')
    blobs = []
    for step, policy in enumerate((text, without, text, f"{text}# more\n")):
        if step:
            at.clone.change({POLICY_PATH: policy}, lane="core")
            at.begin_at(at.clone.head())
        blobs.append(at.server.out("rev-parse", f"{MAIN}:{POLICY_PATH}"))
        book.write(verdict(commit), "ana")
        if step != 1:
            book.write(verdict(commit), "cy")
    assert told(book) == []
    book.write(verdict(commit), "cy", policy=blobs[1])
    book.write(verdict(commit), "ana", policy=blobs[0])
    book.write(verdict(commit), "ana")
    old = "its policy {} did not stand on the trusted ref then"
    assert told(book) == [
        ("LG305", f"record 8: {old.format(blobs[1][:12])}"),
        ("LG305", f"record 9: {old.format(blobs[0][:12])}"),
    ]
    agree(book, verified(book).ledger)


def test_roles_by_the_policy_of_the_time(at: Arena) -> None:
    book = Book(at)
    book.write(verdict("1" * 40), "cy")
    text = at.clone.git("cat-file", "blob", f"HEAD:{POLICY_PATH}").out
    at.clone.change({POLICY_PATH: text.replace('acceptor = ["ana", "cy"]', 'acceptor = ["ana"]')}, lane="core")
    at.begin_at(at.clone.head())
    book.write(verdict("1" * 40), "cy")
    assert told(book) == [("LG202", "record 2: cy holds no role acceptor")]


def test_the_landing_that_changed_the_policy(at: Arena) -> None:
    """It was judged by the policy before, and may be recorded after a verdict under the new one, which may even have
    ended its server's key; much later only where that key still counts."""
    book = Book(at)
    old = at.server.out("rev-parse", f"{MAIN}:{POLICY_PATH}")
    text = at.clone.git("cat-file", "blob", f"HEAD:{POLICY_PATH}").out
    landing = Landing((Moved(MAIN, "2" * 40, "3" * 40),), "now", "2.39.5", "ana")
    keyless = text.replace(key_line("server"), key_line("mallory"))
    for step, policy in enumerate((f"{text}# changed\n", f"{text}# once more\n", keyless, f"{keyless}# more\n")):
        at.clone.change({POLICY_PATH: policy}, lane="core")
        at.begin_at(at.clone.head())
        book.write(verdict("1" * 40))
        if step < 2:
            book.write(landing, "server", policy=old)
    assert told(book) == []
    late = "its policy {} did not stand on the trusted ref then"
    book.write(landing, "server", policy=old)
    book.write(verdict("1" * 40))
    assert told(book) == [("LG305", f"record 7: {late.format(old[:12])}")]


def test_a_landing_just_as_its_key_ends(at: Arena) -> None:
    book = Book(at)
    old = at.server.out("rev-parse", f"{MAIN}:{POLICY_PATH}")
    text = at.clone.git("cat-file", "blob", f"HEAD:{POLICY_PATH}").out
    book.write(verdict("1" * 40))
    at.clone.change({POLICY_PATH: text.replace(key_line("server"), key_line("mallory"))}, lane="core")
    at.begin_at(at.clone.head())
    book.write(verdict("1" * 40))
    book.write(Landing((Moved(MAIN, "2" * 40, "3" * 40),), "now", "2.39.5", "ana"), "server", policy=old)
    assert told(book) == []


def test_a_policy_that_cannot_be_used(at: Arena) -> None:
    book = Book(at)
    at.clone.change({POLICY_PATH: "version = 2\n"}, lane="core")
    at.begin_at(at.clone.head())
    book.write(verdict("1" * 40))
    [problem] = verified(book).problems
    assert problem.code == "LG901"
    assert re.match(r"record 1: no policy judges it: .*", problem.message)


def test_what_only_the_server_knows_is_not_judged(at: Arena) -> None:
    """The tips of a rejection, for one, and whether it had the commits."""
    book = Book(at)
    book.write(rejection(at, "1" * 40)._replace(tips=((MAIN, "2" * 40),)))
    assert told(book) == []
    book.write(rejection(at, "1" * 40)._replace(tips=()))
    assert told(book) == [("LG305", "record 2: a rejection names the tip of each of its refs")]


def test_forged_behind_the_servers_back(at: Arena) -> None:
    book = Book(at)
    first = book.write(verdict("1" * 40))
    honest = book.make(verdict("2" * 40))
    unsigned = raw_commit(at.clone, parted(raw_of(at.clone, honest))[0])
    by_mallory = book.make(verdict("2" * 40), "mallory", writer="cy")
    edited = forge(at, honest, {b"lanes/ui/events": b"1 reconcile assumption=A-1 by=bob\n"}, first)
    respelt = forge(at, honest, {b"record": content(at, honest, "record") + b"\n"}, first)
    without = forge(at, honest, {b"record": None}, first)
    merge = at.clone.out("commit-tree", f"{honest}^{{tree}}", "-p", first, "-p", honest, data="x")
    assert told(book, honest) == []
    for tip, code, message in (
        (unsigned, "LG203", "record 2: nobody is proven to have written it: no signature"),
        (by_mallory, "LG203", "record 2: nobody is proven to have written it: signed by the key "),
        (book.make(verdict("2" * 40, lane="core"), "bob"), "LG202", "record 2: bob holds no role acceptor"),
        (book.make(verdict("2" * 40), number=3), "LG305", "record 3: it comes after record 1, so its number is 2"),
        (edited, "LG305", "record 2: lanes/ui/events is not what this record makes of the state before it"),
        (respelt, "LG305", "not a record: not spelt as lanegate spells it"),
        (without, "LG305", "not a record: its tree has no file `record`"),
        (merge, "LG305", "record 2: its parents are "),
    ):
        [(found, said)] = told(book, tip)
        assert (found, said[: len(message)]) == (code, message)


def test_nothing_behind_a_forged_record_is_believed(at: Arena) -> None:
    book = Book(at)
    book.write(verdict("1" * 40))
    book.tip = forge(at, book.tip or "", {b"record": b"{}"}, book.tip or "")
    book.number += 1
    book.write(verdict("2" * 40))
    answer = verified(book)
    assert [problem.code for problem in answer.problems] == ["LG305"]
    assert len(answer.records) == len(answer.commits) == answer.ledger.number == 1
    assert answer.ledger.entries("2" * 40) == ()


def test_a_report_is_read_again(at: Arena) -> None:
    book = Book(at)
    from lanegate.git.ledger_tree import object_id

    report = b"not a report"
    book.write(GateRun("1" * 40, (), (), object_id("blob", report, 40)), report=report)
    [(code, message)] = told(book)
    assert (code, message[:40]) == ("LG304", "record 1: its gate report cannot be read")


def test_under_identity_none(tmp_path: Path) -> None:
    at = arena(tmp_path, ledger_policy("none"))
    book = Book(at)
    book.write(verdict("1" * 40), writer=None)
    book.write(Landing((Moved(LANE, None, "1" * 40),), "now", "2.39.5"), writer=None)
    assert told(book) == []


def test_it_says_how_far_it_is(at: Arena) -> None:
    book = Book(at)
    book.write(verdict("1" * 40))
    seen: list[tuple[int, int]] = []
    verify_chain(book.git, chain_ids(book.git, book.tip or ""), [], lambda done, total: seen.append((done, total)))
    assert seen == [(0, 1)]


def test_problems_name_the_commit_and_the_ref(at: Arena) -> None:
    book = Book(at)
    book.write(verdict("1" * 40))
    [problem] = verify_chain(book.git, chain_ids(book.git, book.tip or ""), []).problems
    assert isinstance(problem, Violation)
    assert (problem.commit, problem.ref) == (book.tip, LEDGER)
