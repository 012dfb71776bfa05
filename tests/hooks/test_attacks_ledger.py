"""The ledger over real pushes: only its next record gets in, spelt right, signed by somebody who may write it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lanegate.core.record import MAX_BYTES, Reconcile, Withdraw
from tests.attack_ledger import LEDGER, Book, commit_of_tree, content, forge, ledger_policy, rejection, verdict
from tests.attack_signatures import by, header_of, parted, raw_of, ssh_sign, with_headers
from tests.attack_support import LANE, MAIN, Arena, arena, blob, commit_tree, raw_commit, tree, tree_with
from tests.support import POLICY_PATH


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    return arena(tmp_path, ledger_policy())


@pytest.fixture
def commit(at: Arena) -> str:
    """A commit of lane ui, signed by its owner, on the lane's ref."""
    made = by("bob", at.clone).change({"src/ui/x.py": "x\n"}, lane="ui")
    at.accepts(f"{made}:{LANE}")
    return made


@pytest.fixture
def book(at: Arena, commit: str) -> Book:
    """A ledger of one record, on the server."""
    made = Book(at)
    at.accepts(f"{made.write(verdict(commit))}:{LEDGER}")
    return made


def test_records_of_every_kind(at: Arena, book: Book, commit: str) -> None:
    at.accepts(f"{book.write(rejection(at, commit), 'ana')}:{LEDGER}")
    at.accepts(f"{book.write(Withdraw((commit,), (MAIN,)))}:{LEDGER}")
    at.accepts(f"{book.write(Reconcile('ui', ('A-1',)), 'bob')}:{LEDGER}")


def test_many_records_at_once(at: Arena, book: Book, commit: str) -> None:
    for number in range(5):
        book.write(verdict(commit), "ana" if number % 2 else "cy")
    at.accepts(f"{book.tip}:{LEDGER}")
    wrong = book.write(verdict(commit), "bob")
    book.write(verdict(commit))
    assert "record 7: bob holds no role" in at.refuses(f"{book.tip}:{LEDGER}", codes=["LG202"]).err
    assert wrong[:7] in at.refuses(f"{wrong}:{LEDGER}", codes=["LG202"]).err


def test_every_bad_record_is_told(at: Arena, book: Book, commit: str) -> None:
    book.write(verdict(commit), "bob")
    book.write(verdict(commit, lane="x"))
    book.write(verdict(commit), "mallory", writer="cy")
    ran = at.refuses(f"{book.tip}:{LEDGER}", codes=["LG202", "LG203", "LG305"])
    assert all(f"record {number}: " in ran.err for number in (2, 3, 4))


# Who signed.


def test_an_unsigned_record(at: Arena, commit: str) -> None:
    book = Book(at)
    signed = book.make(verdict(commit))
    unsigned = raw_commit(at.clone, parted(raw_of(at.clone, signed))[0])
    assert "no signature" in at.refuses(f"{unsigned}:{LEDGER}", codes=["LG203"]).err
    at.accepts(f"{signed}:{LEDGER}")


def test_a_key_that_the_policy_does_not_name(at: Arena, commit: str) -> None:
    book = Book(at)
    at.refuses(f"{book.make(verdict(commit), 'mallory')}:{LEDGER}", codes=["LG203"])
    at.refuses(f"{book.make(verdict(commit), 'mallory', writer='cy')}:{LEDGER}", codes=["LG203"])
    at.accepts(f"{book.make(verdict(commit), 'cy')}:{LEDGER}")


def test_another_writer_than_signed(at: Arena, commit: str) -> None:
    """bob may sign what he likes; cy is not bound by it."""
    forged = Book(at).make(verdict(commit), "bob", writer="cy")
    ran = at.refuses(f"{forged}:{LEDGER}", codes=["LG202"])
    assert "record 1: signed by bob, but it names cy as its writer" in ran.err
    at.refuses(f"{Book(at).make(verdict(commit), 'cy', writer='server:main')}:{LEDGER}", codes=["LG202"])
    at.accepts(f"{Book(at).make(verdict(commit), 'cy')}:{LEDGER}")


def test_a_signature_for_another_purpose(at: Arena, commit: str, tmp_path: Path) -> None:
    payload = parted(raw_of(at.clone, Book(at).make(verdict(commit))))[0]
    for namespace, codes in (("file", ["LG203"]), ("lanegate", ["LG203"])):
        made = raw_commit(at.clone, with_headers(payload, header_of(ssh_sign("cy", payload, tmp_path, namespace))))
        assert "another purpose" in at.refuses(f"{made}:{LEDGER}", codes=codes).err
    made = raw_commit(at.clone, with_headers(payload, header_of(ssh_sign("cy", payload, tmp_path))))
    at.accepts(f"{made}:{LEDGER}")


def test_a_record_changed_after_signing(at: Arena, book: Book, commit: str) -> None:
    """cy rejected. With the tree that an acceptance would make, the commit keeps his signature, and nothing else."""
    rejected = book.make(rejection(at, commit))
    accepted = book.make(verdict(commit))
    raw = raw_of(at.clone, rejected)
    turned = raw.replace(
        at.clone.out("rev-parse", f"{rejected}^{{tree}}").encode(),
        at.clone.out("rev-parse", f"{accepted}^{{tree}}").encode(),
    )
    assert turned != raw
    ran = at.refuses(f"{raw_commit(at.clone, turned)}:{LEDGER}", codes=["LG203"])
    assert "not a signature of this commit" in ran.err
    record = content(at, rejected, "record").replace(b'"rejected"', b'"accepted"')
    tree = tree_with(at.clone, rejected, {b"record": ("100644", blob(at.clone, record))})
    edited = raw.replace(raw.split(b"\n")[0], b"tree " + tree.encode(), 1)
    at.refuses(f"{raw_commit(at.clone, edited)}:{LEDGER}", codes=["LG305"])
    at.accepts(f"{rejected}:{LEDGER}")


def test_a_signed_commit_of_code_is_no_record(at: Arena, book: Book, commit: str) -> None:
    assert "not a fast-forward" in at.refuses(f"+{commit}:{LEDGER}", codes=["LG602"]).err
    base = commit_of_tree(at, at.clone.out("rev-parse", f"{commit}^{{tree}}"), book.tip or "")
    assert "no file `record`" in at.refuses(f"{base}:{LEDGER}", codes=["LG305"]).err


# The chain.


def test_a_record_again(at: Arena, book: Book, commit: str) -> None:
    """The record that once was: as a new commit on top of what came later, signed for the old place."""
    old = book.tip or ""
    at.accepts(f"{book.write(Withdraw((commit,), (MAIN,)))}:{LEDGER}")
    raw = raw_of(at.clone, old)
    head, rest = raw.split(b"\n", 1)
    replayed = raw_commit(at.clone, head + b"\nparent " + (book.tip or "").encode() + b"\n" + rest)
    at.refuses(f"{replayed}:{LEDGER}", codes=["LG305"])
    by_hand = forge(at, book.tip or "", {b"record": content(at, old, "record")}, book.tip or "")
    assert "its number is 3" in at.refuses(f"{by_hand}:{LEDGER}", codes=["LG305"]).err
    at.accepts(f"{book.write(verdict(commit))}:{LEDGER}")


def test_a_record_of_another_ledger(at: Arena, book: Book, commit: str) -> None:
    """The same number in a ledger of its own, honestly signed there."""
    other = Book(at)
    other.write(verdict(commit), "ana")
    second = other.write(verdict(commit), "ana")
    at.refuses(f"+{second}:{LEDGER}", codes=["LG602"])
    raw = raw_of(at.clone, second)
    grafted = raw.replace(b"parent " + second.encode(), b"").replace(
        raw.split(b"\n")[1], b"parent " + (book.tip or "").encode(), 1
    )
    at.refuses(f"{raw_commit(at.clone, grafted)}:{LEDGER}", codes=["LG305"])
    at.accepts(f"{book.write(verdict(commit), 'ana')}:{LEDGER}")


@pytest.mark.parametrize("number", [0, 1, 3, 9])
def test_another_number(at: Arena, book: Book, commit: str, number: int) -> None:
    skipped = book.make(verdict(commit), number=number)
    ran = at.refuses(f"{skipped}:{LEDGER}", codes=["LG305"])
    assert f"record {number}: it comes after record 1, so its number is 2" in ran.err
    at.accepts(f"{book.make(verdict(commit), number=2)}:{LEDGER}")


def test_a_ledger_that_begins_in_the_middle(at: Arena, commit: str) -> None:
    book = Book(at)
    book.write(verdict(commit), number=2)
    at.refuses(f"{book.tip}:{LEDGER}", codes=["LG305"])
    below_code = Book(at, at.clone.out("rev-parse", "HEAD"))
    at.refuses(f"{below_code.write(verdict(commit))}:{LEDGER}", codes=["LG305"])
    at.accepts(f"{Book(at).write(verdict(commit))}:{LEDGER}")


def test_two_parents(at: Arena, book: Book, commit: str) -> None:
    honest = book.make(verdict(commit))
    beside = book.make(verdict(commit), "ana")
    tip = book.tip or ""
    for parents in ((tip, beside), (beside, tip), (tip, tip), (tip, commit), (honest, beside)):
        tree = at.clone.out("rev-parse", f"{honest}^{{tree}}")
        merged = commit_of_tree(at, tree, *parents) if len({*parents}) == 2 else twice(at, honest, tip)
        assert "LG305" in at.refuses(f"{merged}:{LEDGER}", codes=["LG305"]).err
    at.accepts(f"{honest}:{LEDGER}")


def twice(at: Arena, commit: str, parent: str) -> str:
    """A commit that names its parent twice, which git itself leaves out."""
    line = b"parent " + parent.encode() + b"\n"
    return raw_commit(at.clone, raw_of(at.clone, commit).replace(line, line * 2, 1))


def test_rewound_forked_deleted(at: Arena, book: Book, commit: str) -> None:
    first = book.tip or ""
    fork = book.make(verdict(commit), "ana")
    at.accepts(f"{book.write(rejection(at, commit))}:{LEDGER}")
    assert "records that stand there would be dropped" in at.refuses(f"+{first}:{LEDGER}", codes=["LG602"]).err
    assert "lanegate ledger sync" in at.refuses(f"+{fork}:{LEDGER}", codes=["LG602"]).err
    assert "never deleted" in at.refuses(f":{LEDGER}", codes=["LG602"]).err
    at.refuses(f"+{Book(at).make(verdict(commit))}:{LEDGER}", codes=["LG602"])
    assert at.server.tip(LEDGER) == book.tip


def test_records_in_another_order(at: Arena, book: Book, commit: str) -> None:
    one = book.write(rejection(at, commit))
    two = book.write(Withdraw((commit,), (MAIN,)))
    turned = Book(at, at.server.tip(LEDGER), 1)
    for record in (two, one):
        turned.tip = forge(at, turned.tip or "", {b"record": content(at, record, "record")}, turned.tip or "")
    at.refuses(f"{turned.tip}:{LEDGER}", codes=["LG305"])
    at.accepts(f"{two}:{LEDGER}")


def test_what_is_no_commit(at: Arena, book: Book, commit: str) -> None:
    honest = book.make(verdict(commit))
    at.clone.git("tag", "-a", "-m", "x", "tagged", honest)
    for oid in (
        at.clone.out("rev-parse", "refs/tags/tagged"),
        at.clone.out("rev-parse", f"{honest}^{{tree}}"),
        at.clone.out("rev-parse", f"{honest}:record"),
    ):
        assert "points to a commit" in at.refuses(f"+{oid}:{LEDGER}", codes=["LG305"]).err
    at.accepts(f"{honest}:{LEDGER}")


def test_a_malformed_commit(at: Arena, book: Book, commit: str) -> None:
    at.server.config("receive.fsckObjects", "false")
    raw = raw_of(at.clone, book.make(verdict(commit)))
    payload = parted(raw)[0]
    for odd in (
        payload.replace(b"\n\n", b"\nencoding latin1\n\n", 1),
        payload + b"\0",
        raw.replace(b"author", b"writer"),
    ):
        assert "malformed commit" in at.refuses(f"{raw_commit(at.clone, odd)}:{LEDGER}", codes=["LG305"]).err


# The tree.


@pytest.mark.parametrize(
    "path", ["lanes/ui/last", "lanes/ui/events", "commits/{}", "report", "extra", "commits/x", "lanes/core/last"]
)
def test_another_state_than_the_records(at: Arena, book: Book, commit: str, path: str) -> None:
    """A line more, a file more or a file less, beside an honest record."""
    honest = book.make(verdict(commit))
    place = path.format("/".join(commit[:4]) + "/" + commit[4:]).encode()
    there = at.clone.git("cat-file", "-e", f"{honest}:{place.decode()}", check=False).ok
    old = content(at, honest, place.decode()) if there else b""
    forgeries: list[bytes | None] = [old + b"3 verdict is=accepted lane=ui on=refs/heads/main by=ana\n"]
    for changed in [*forgeries, b"", *([None] if there else [])]:
        made = forge(at, honest, {place: changed}, book.tip or "")
        ran = at.refuses(f"{made}:{LEDGER}", codes=["LG305"])
        assert "is not what this record makes of the state before it" in ran.err
        assert place.split(b"/")[0].decode() in ran.err
    at.accepts(f"{honest}:{LEDGER}")


def test_a_state_without_a_record(at: Arena, book: Book) -> None:
    tip = book.tip or ""
    for files in ({b"lanes/ui/last": b"9 verdict is=accepted\n"}, {}, {b"record": None}):
        at.refuses(f"{forge(at, tip, files, tip)}:{LEDGER}", codes=["LG305"])


@pytest.mark.parametrize("mode", ["100755", "120000", "160000"])
def test_another_mode(at: Arena, book: Book, commit: str, mode: str) -> None:
    honest = book.make(verdict(commit))
    data = content(at, honest, "lanes/ui/last")
    made = forge(at, honest, {b"lanes/ui/last": data}, book.tip or "", mode=mode)
    at.refuses(f"{made}:{LEDGER}", codes=["LG305"])
    at.accepts(f"{honest}:{LEDGER}")


def test_trees_that_git_never_writes(at: Arena, book: Book, commit: str) -> None:
    """An empty folder, which no comparison of paths shows, an entry twice, and an order of one's own."""
    at.server.config("receive.fsckObjects", "false")
    honest = book.make(verdict(commit))
    lines = [line.split(None, 3) for line in at.clone.out("ls-tree", honest).splitlines()]
    entries = [(mode.lstrip("0"), name.encode(), oid) for mode, _, oid, name in lines]
    empty = ("40000", b"x", tree(at.clone))
    for odd in ([*entries, empty], [*entries, entries[-1]], entries[::-1]):
        made = commit_of_tree(at, tree(at.clone, *odd), book.tip or "")
        at.refuses(f"{made}:{LEDGER}", codes=["LG305"])
    assert commit_of_tree(at, tree(at.clone, *entries), book.tip or "", message="Mine\n") != honest
    at.accepts(f"{commit_of_tree(at, tree(at.clone, *entries), book.tip or '')}:{LEDGER}")


def test_a_record_spelt_otherwise(at: Arena, book: Book, commit: str) -> None:
    honest = book.make(verdict(commit))
    spelt = content(at, honest, "record")
    document = json.loads(spelt)
    twice = spelt.replace(b' "verdict": "accepted",', b' "verdict": "rejected",\n "verdict": "accepted",')
    for other in (
        json.dumps(document).encode(),
        spelt.rstrip(b"\n"),
        spelt.replace(b" ", b"  "),
        twice,
        spelt.replace(b'"ui"', b'"\\u0075i"'),
        json.dumps({**document, "extra": 1}, indent=1, sort_keys=True).encode() + b"\n",
        b"[" * 50_000,
        b"",
        b"\xff",
        spelt + b" " * MAX_BYTES,
        b"x" * (20 << 20),
    ):
        made = forge(at, honest, {b"record": other}, book.tip or "")
        assert "not a record: " in at.refuses(f"{made}:{LEDGER}", codes=["LG305"]).err
    at.accepts(f"{honest}:{LEDGER}")


@pytest.mark.parametrize("kind", ["folder", "link to nothing"])
def test_no_file_at_record(at: Arena, book: Book, commit: str, kind: str) -> None:
    honest = book.make(verdict(commit))
    if kind == "folder":
        made = forge(at, honest, {b"record": None, b"record/x": b"x"}, book.tip or "")
    else:
        side = ("160000", commit)
        made = commit_of_tree(at, tree_with(at.clone, honest, {b"record": side}), book.tip or "")
    at.refuses(f"{made}:{LEDGER}", codes=["LG305"])
    at.accepts(f"{honest}:{LEDGER}")


# The policy that it names, and the push that it comes with.


def test_another_policy(at: Arena, book: Book, commit: str) -> None:
    """The policy changed since the record was written: it is written anew under the one that counts."""
    stale = book.make(verdict(commit))
    older = at.clone.out("hash-object", "-w", "--stdin", data="version = 1\n")
    at.refuses(f"{book.make(verdict(commit), policy=older)}:{LEDGER}", codes=["LG305"])
    text = at.clone.git("cat-file", "blob", f"HEAD:{POLICY_PATH}").out
    by("ana", at.clone).change({POLICY_PATH: f"{text}# changed\n"}, lane="core")
    at.begin_at(at.clone.head())
    ran = at.refuses(f"{stale}:{LEDGER}", codes=["LG305"])
    assert "record 2: written under another policy than the one in force" in ran.err
    assert "lanegate ledger sync, which writes your own records anew" in ran.err
    at.accepts(f"{book.make(verdict(commit))}:{LEDGER}")


def test_a_policy_that_comes_with_the_record(at: Arena, book: Book, commit: str) -> None:
    """Records are judged by the policy that stood before the push."""
    text = at.clone.git("cat-file", "blob", f"HEAD:{POLICY_PATH}").out.replace('["ana", "cy"]', '["ana", "bob"]')
    changed = by("ana", at.clone).change({POLICY_PATH: text}, lane="core")
    blob_after = at.clone.out("rev-parse", f"{changed}:{POLICY_PATH}")
    for fields in ({}, {"policy": blob_after}):
        record = book.make(verdict(commit), "bob", **fields)
        before = at.refs()
        ran = at.clone.push(f"{changed}:{MAIN}", f"{record}:{LEDGER}")
        assert ran.code == 1
        assert at.refs() == before
        assert ("LG305" in ran.err) is bool(fields)
        assert ("LG202" in ran.err) is not bool(fields)


def test_a_symbolic_ref(at: Arena, book: Book, commit: str) -> None:
    """What is pushed under the ledger's name would land elsewhere."""
    at.server.git("update-ref", "-d", LEDGER)
    at.server.git("symbolic-ref", LEDGER, "refs/heads/ledger")
    assert "LG601" in at.clone.push(f"{book.make(verdict(commit))}:{LEDGER}").err
    assert at.server.tip("refs/heads/ledger") is None
    at.plant(f"{book.tip}:refs/heads/ledger")
    at.refuses(f"{book.write(verdict(commit))}:{LEDGER}", codes=["LG601"])


def test_other_refs_of_lanegate_stay_closed(at: Arena, book: Book, commit: str) -> None:
    made = book.write(verdict(commit))
    for ref in ("refs/lanegate/Ledger", "refs/lanegate/ledger2", "refs/lanegate/Locks", "refs/Lanegate/ledger"):
        at.refuses(f"{made}:{ref}", codes=["LG601"])
    at.accepts(f"{made}:{LEDGER}")


def test_a_record_beside_a_bad_branch(at: Arena, book: Book, commit: str) -> None:
    made = book.write(verdict(commit))
    bad = commit_tree(at.clone, f"{commit}^{{tree}}", commit)
    at.refuses(f"{made}:{LEDGER}", f"{bad}:{LANE}", codes=["LG203"])
    at.accepts(f"{made}:{LEDGER}")


def test_a_clones_own_hook_leaves_records_to_the_server(at: Arena, book: Book, commit: str) -> None:
    made = book.write(verdict(commit))
    at.clone.git("config", "lanegate.managed", "true")
    from tests.support import lanegate

    assert lanegate("install", cwd=at.clone.path).ok
    ran = at.clone.git("push", "origin", f"{made}:{LEDGER}", check=False)
    assert ran.ok, ran.both
    assert at.server.tip(LEDGER) == made


def test_audit_lets_no_forged_record_in(at: Arena, book: Book, commit: str) -> None:
    """It would be believed when refusals are enforced; what else is refused is only said."""
    at.server.config("lanegate.mode", "audit")
    forged = book.make(verdict(commit), "mallory", writer="cy")
    assert "judged in earnest" in at.refuses(f"{forged}:{LEDGER}", codes=["LG203"]).err
    assert at.clone.push("HEAD:refs/heads/nobodys").ok
    at.refuses(f"{forged}:{LEDGER}", "HEAD:refs/heads/nobodys-too", codes=["LG203", "LG601"])
    at.refuses(f":{LEDGER}", codes=["LG602"])
    at.accepts(f"{book.make(verdict(commit), 'cy')}:{LEDGER}")
