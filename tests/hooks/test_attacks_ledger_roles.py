"""Who may say what in the ledger, over real pushes: what a key is good for, and what the server knows of commits."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanegate.core.record import GateRun, Landing, Moved, Reconcile, Withdraw
from lanegate.core.report import GateStep, Report
from lanegate.core.report_text import write_report
from lanegate.git.ledger_tree import object_id
from tests.attack_ledger import ACCEPTED_REFS, LEDGER, Book, forge, ledger_policy, rejection, verdict
from tests.attack_signatures import by
from tests.attack_support import BY_SSH, LANE, MAIN, Arena, arena, as_pusher, blob
from tests.support import LANES

#: cy owns ui as well, with two keys would still be one person.
CY_OWNS = LANES.replace('owners = ["bob"]', 'owners = ["bob", "cy"]')
NOW = "2026-11-21T12:00:00Z"


def work(at: Arena, who: str | None = "bob", name: str = "x") -> str:
    """A commit of lane ui on HEAD, signed or not."""
    clone = by(who, at.clone) if who is not None else at.clone
    return clone.change({f"src/ui/{name}.py": "x\n"}, lane="ui")


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    return arena(tmp_path, ledger_policy())


def test_somebody_without_the_role(at: Arena) -> None:
    commit = work(at)
    for body in (verdict(commit), rejection(at, commit), Withdraw((commit,), (MAIN,))):
        ran = at.refuses(f"{Book(at).make(body, 'bob')}:{LEDGER}", codes=["LG202"])
        assert "bob holds no role acceptor" in ran.err
        assert "ana, cy" in ran.err
    at.accepts(f"{Book(at).make(verdict(commit))}:{LEDGER}")


def test_accepting_in_ones_own_lane(tmp_path: Path) -> None:
    at = arena(tmp_path, ledger_policy(lanes=CY_OWNS))
    commit = work(at)
    ran = at.refuses(f"{Book(at).make(verdict(commit))}:{LEDGER}", codes=["LG202"])
    assert "cy owns lane ui, and somebody else accepts its commits" in ran.err
    assert "ask another acceptor: ana" in ran.err
    at.accepts(f"{Book(at).make(rejection(at, commit))}:{LEDGER}")


def test_a_team_of_one(tmp_path: Path) -> None:
    text = ledger_policy(lanes=CY_OWNS).replace("version = 1\n", "version = 1\nself_accept = true\n")
    at = arena(tmp_path, text)
    at.accepts(f"{Book(at).make(verdict(work(at, 'cy')))}:{LEDGER}")


def test_accepting_ones_own_commit(tmp_path: Path) -> None:
    """Signed by an acceptor who does not own the lane; with whichever of his keys, he is one person."""
    text = ledger_policy().replace('acceptor = ["ana", "cy"]', 'acceptor = ["ana", "bob"]')
    at = arena(tmp_path, text.replace('owners = ["bob"]', 'owners = ["cy"]'))
    commit = work(at, "bob-laptop")
    at.clone.git("push", "-q", "origin", f"{commit}:refs/heads/x", check=False)
    at.plant(f"{commit}:refs/heads/elsewhere")
    ran = at.refuses(f"{Book(at).make(verdict(commit), 'bob')}:{LEDGER}", codes=["LG202"])
    assert f"bob signed {commit[:12]}, and somebody else accepts it" in ran.err
    at.accepts(f"{Book(at).make(verdict(commit), 'ana')}:{LEDGER}")


def test_every_key_of_a_person_writes_for_him(tmp_path: Path) -> None:
    text = ledger_policy().replace('acceptor = ["ana", "cy"]', 'acceptor = ["ana", "bob"]')
    at = arena(tmp_path, text.replace('owners = ["bob"]', 'owners = ["cy"]'))
    book, commit = Book(at), work(at, "cy")
    at.accepts(f"{book.write(verdict(commit), 'bob-laptop', writer='bob')}:{LEDGER}")
    at.accepts(f"{book.write(Withdraw((commit,), (MAIN,)), 'bob')}:{LEDGER}")


def test_withdrawing_what_another_said(at: Arena) -> None:
    book, commit = Book(at), work(at)
    at.accepts(f"{book.write(rejection(at, commit))}:{LEDGER}")
    ran = at.refuses(f"{book.make(Withdraw((commit,), (MAIN,)), 'ana')}:{LEDGER}", codes=["LG202"])
    assert f"ana gave no verdict on {commit[:12]} for {MAIN}" in ran.err
    at.refuses(f"{book.make(Withdraw(('1' * 40,), (MAIN,)))}:{LEDGER}", codes=["LG202"])
    at.refuses(f"{book.make(Withdraw((commit,), ('refs/heads/x',)))}:{LEDGER}", codes=["LG202"])
    at.accepts(f"{book.write(Withdraw((commit,), (MAIN,)))}:{LEDGER}")


def test_reconciling_in_another_lane(at: Arena) -> None:
    book = Book(at)
    at.refuses(f"{book.make(Reconcile('ui', ('A-1',)), 'cy')}:{LEDGER}", codes=["LG202"])
    at.refuses(f"{book.make(Reconcile('nowhere', ('A-1',)), 'bob')}:{LEDGER}", codes=["LG305"])
    at.accepts(f"{book.write(Reconcile('ui', ('A-1',)), 'bob')}:{LEDGER}")
    at.accepts(f"{book.write(Reconcile('ui', ('A-2',)), 'ana')}:{LEDGER}")


def test_a_landing_that_no_server_saw(at: Arena) -> None:
    """It would explain a ref that somebody moved past every hook."""
    book = Book(at)
    body = Landing((Moved(MAIN, at.server.tip(), work(at)),), NOW, "2.39.5", "ana", reason="trust me")
    at.refuses(f"{book.make(body, 'ana')}:{LEDGER}", codes=["LG202"])
    at.refuses(f"{book.make(body, 'ana', writer='server:main')}:{LEDGER}", codes=["LG202"])
    at.accepts(f"{book.make(body, 'server')}:{LEDGER}")


def test_a_server_gives_no_verdicts(at: Arena) -> None:
    at.refuses(f"{Book(at).make(verdict(work(at)), 'server')}:{LEDGER}", codes=["LG202"])


def test_the_tips_of_a_rejection(at: Arena) -> None:
    """What the lane has to be rebased on is what the server held, not what the reviewer would like."""
    book, commit = Book(at), work(at)
    honest = rejection(at, commit)
    for tips in ((), ((MAIN, None),), ((MAIN, commit),), ((MAIN, "1" * 40),), (*honest.tips, ("refs/heads/x", None))):
        at.refuses(f"{book.make(honest._replace(tips=tips))}:{LEDGER}", codes=["LG305"])
    made = book.make(honest)
    at.accepts(f"{made}:{LEDGER}")
    later = Book(at, made, 1)
    stale = later.make(rejection(at, commit))
    at.plant(f"+{commit}:{MAIN}")
    assert "moved since it was written" in at.refuses(f"{stale}:{LEDGER}", codes=["LG305"]).err
    at.accepts(f"{later.make(rejection(at, commit))}:{LEDGER}")


def test_what_a_verdict_must_name(at: Arena) -> None:
    book, commit = Book(at), work(at)
    at.plant(f"{commit}:refs/heads/elsewhere")
    for body in (
        verdict(commit, lane="nowhere"),
        verdict(commit, task="T-1"),
        verdict(commit, lane="docs"),
        verdict(commit, refs=(LANE,)),
        verdict(commit, refs=("refs/heads/else", MAIN)),
        verdict(at.clone.out("rev-parse", f"{commit}^{{tree}}")),
        verdict(commit, carried=(("1" * 40, commit),)),
        verdict(commit, tips=((MAIN, at.server.tip()),)),
    ):
        at.refuses(f"{book.make(body, 'ana')}:{LEDGER}", codes=["LG305"])
    at.accepts(f"{book.write(verdict(commit))}:{LEDGER}")
    at.accepts(f"{book.write(verdict(commit, lane='docs', task='T-12'), 'ana')}:{LEDGER}")


def test_commits_that_the_server_has_not_seen(at: Arena) -> None:
    """Signatures say whose they are when they land, so a verdict may come first."""
    at.accepts(f"{Book(at).write(verdict('1' * 40, work(at)))}:{LEDGER}")


# Identity `pusher`: the lane's ref says who brought a commit.


@pytest.fixture
def by_name(tmp_path: Path) -> Arena:
    return arena(tmp_path, ledger_policy("pusher"), config=BY_SSH)


def test_a_commit_on_no_ref_of_its_lane(by_name: Arena) -> None:
    at = by_name
    book, commit = Book(at), work(at, None)
    cy = as_pusher("cy")
    for body in (verdict(commit), verdict("1" * 40), rejection(at, commit)):
        ran = at.refuses(f"{book.make(body)}:{LEDGER}", codes=["LG301"], env=cy)
        assert "is on no ref of lane ui here" in ran.err
    at.plant(f"{commit}:refs/heads/elsewhere")
    at.plant(f"{commit}:refs/heads/lane/core")
    at.refuses(f"{book.make(verdict(commit))}:{LEDGER}", codes=["LG301"], env=cy)
    both = (f"{book.make(verdict(commit))}:{LEDGER}", f"{commit}:{LANE}")
    at.refuses(*both, codes=["LG202", "LG301"], env=cy)
    at.accepts(f"{commit}:{LANE}", env=as_pusher("bob"))
    above = work(at, None, "y")
    at.refuses(f"{book.make(verdict(commit, above))}:{LEDGER}", codes=["LG301"], env=cy)
    at.accepts(f"{book.make(verdict(commit))}:{LEDGER}", env=cy)


def test_the_pusher_is_not_the_writer(by_name: Arena) -> None:
    """Records are signed in every mode; whoever brings them speaks for nobody."""
    at = by_name
    commit = work(at, None)
    at.accepts(f"{commit}:{LANE}", env=as_pusher("bob"))
    at.refuses(f"{Book(at).make(verdict(commit), 'bob')}:{LEDGER}", codes=["LG202"], env=as_pusher("cy"))
    at.accepts(f"{Book(at).make(verdict(commit), 'cy')}:{LEDGER}", env=as_pusher("bob"))


# Identity `none`.


def test_one_users_machine(tmp_path: Path) -> None:
    at = arena(tmp_path, ledger_policy("none"))
    book, commit = Book(at), work(at, None)
    ran = at.refuses(f"{book.make(verdict(commit), 'cy')}:{LEDGER}", codes=["LG305"])
    assert "under identity none nobody is proven" in ran.err
    at.accepts(f"{book.write(verdict(commit), writer=None)}:{LEDGER}")
    at.accepts(f"{book.write(Withdraw((commit,), (MAIN,)), writer=None)}:{LEDGER}")
    at.refuses(f"{book.make(verdict(commit), writer=None, number=9)}:{LEDGER}", codes=["LG305"])
    at.refuses(f"{book.make(verdict(commit, lane='x'), writer=None)}:{LEDGER}", codes=["LG305"])


# Gates.

GATE = '[gates.full]\nrung = 1\nrun = ["true"]\n'
GATED = ACCEPTED_REFS.replace("accepted = true\n", 'accepted = true\ngates = ["full"]\n', 1)


def report_of(*commits: str, ran: str, exit: int = 0, **fields: object) -> bytes:
    """A complete report that gate `full` ran on `ran`."""
    said = {"architecture": "same", "docs": "none", "policy": "none", "next": "land", "decision": "accepted"}
    steps = (GateStep("full", 1, "true", exit, 3, "0" * 64),)
    report = Report("ui", commits, ran, gates=steps, risks=(), assumptions=(), **said)  # type: ignore[arg-type]
    return write_report(report._replace(**fields))


def test_gates_of_a_verdict(tmp_path: Path) -> None:
    at = arena(tmp_path, ledger_policy(refs=GATED, extra=GATE))
    book = Book(at)
    one = work(at)
    two = work(at, name="y")
    aside = by("bob", at.clone).change({"src/ui/z.py": "z\n"}, lane="ui")
    at.clone.git("reset", "-q", "--hard", two)

    def record(report: bytes | None, *commits: str, **fields: object) -> str:
        named = object_id("blob", report, 40) if report is not None else None
        given = {"gates": ("full",), "ran": two, "report": named, **fields}
        return book.make(verdict(*commits, **given), report=report)

    good = report_of(one, two, ran=two)
    honest = record(good, one, two)
    assert "as far as the server knows" in at.refuses(f"{honest}:{LEDGER}", codes=["LG304"]).err
    at.accepts(f"{two}:{LANE}")
    for made in (
        book.make(verdict(one, two)),
        record(None, one, two),
        record(good, one, two, gates=()),
        record(good, one, two, ran=None),
        record(report_of(one, two, ran=one), one, two, ran=one),
        record(report_of(one, two, ran=two, exit=1), one, two),
        record(report_of(one, two, ran=two, gates=()), one, two),
        record(report_of(two, ran=two), one, two),
        record(report_of(one, two, aside, ran=two), one, two),
        record(report_of(one, two, ran=two, risks=None), one, two),
        record(report_of(one, two, ran=two, lane="core"), one, two),
        record(report_of(one, two, aside, ran=two), one, two, aside),
        record(b"gates = 'all of them'\n", one, two),
        record(b"\xff", one, two),
    ):
        at.refuses(f"{made}:{LEDGER}", codes=["LG304"])
    at.accepts(f"{honest}:{LEDGER}")


def test_a_report_that_is_not_the_one_named(tmp_path: Path) -> None:
    at = arena(tmp_path, ledger_policy(refs=GATED, extra=GATE))
    commit = work(at)
    at.accepts(f"{commit}:{LANE}")
    good, other = report_of(commit, ran=commit), report_of(commit, ran=commit, next="x")
    body = verdict(commit, gates=("full",), ran=commit, report=object_id("blob", good, 40))
    book = Book(at)
    honest = book.make(body, report=good)
    assert blob(at.clone, other) != blob(at.clone, good)
    for files in ({b"report": other}, {b"report": None}):
        at.refuses(f"{forge(at, honest, files)}:{LEDGER}", codes=["LG305"])
    at.accepts(f"{honest}:{LEDGER}")


def test_a_record_of_gates(tmp_path: Path) -> None:
    at = arena(tmp_path, ledger_policy(refs=GATED, extra=GATE))
    book, commit = Book(at), work(at)
    good, bad = report_of(commit, ran=commit), report_of(commit, ran=commit, exit=1)
    passed = GateRun(commit, ("full",), (), object_id("blob", good, 40))
    at.refuses(f"{book.make(passed._replace(report=None))}:{LEDGER}", codes=["LG304"])
    at.refuses(f"{book.make(passed._replace(commit='1' * 40), report=good)}:{LEDGER}", codes=["LG304"])
    lied = passed._replace(report=object_id("blob", bad, 40))
    at.refuses(f"{book.make(lied, report=bad)}:{LEDGER}", codes=["LG304"])
    at.refuses(f"{book.make(passed, 'bob', report=good)}:{LEDGER}", codes=["LG202"])
    failed = lied._replace(passed=(), failed=("full",))
    at.accepts(f"{book.write(failed, report=bad)}:{LEDGER}")
    at.accepts(f"{book.write(passed, 'ana', report=good)}:{LEDGER}")
