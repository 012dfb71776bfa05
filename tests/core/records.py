"""Records of every kind, by hand and at random, for the tests of the ledger."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from lanegate.core.record import GateRun, Landing, Moved, Reconcile, Record, Verdict, Withdraw

A, B, C, D = "a" * 40, "b" * 40, "c" * 40, "d" * 40
POLICY = "1" * 40
MAIN, RELEASE = "refs/heads/main", "refs/heads/release"

ACCEPTED = Verdict("accepted", (A, B), "ui", (MAIN, RELEASE), task="T-12")
GATED = Verdict("accepted", (A, B), "ui", (MAIN,), gates=("full", "targeted"), ran=B, report=C, carried=((B, D),))
REJECTED = Verdict("rejected", (A,), "ui", (MAIN, RELEASE), tips=((MAIN, D), (RELEASE, None)))
WITHDRAW = Withdraw((A, B), (MAIN,))
RECONCILE = Reconcile("ui", ("A-1", "A-2"))
GATES = GateRun(A, ("full",), ("lint",), C)
MOVED = (Moved(MAIN, A, B), Moved("refs/heads/x", C, None, True))
LANDING = Landing(MOVED, "2026-11-21T12:00:00Z", "2.39.5", "ana", D, 6)
OVERRIDE = LANDING._replace(reason="the registry is down", codes=("LG301",), locks=C)
BODIES = (ACCEPTED, GATED, REJECTED, WITHDRAW, RECONCILE, GATES, LANDING, OVERRIDE)


def record_of(body: Any, number: int = 7, **fields: Any) -> Record:
    """A record by cy."""
    return Record(**{"number": number, "policy": POLICY, "body": body, "writer": "cy", **fields})


_LETTERS = st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_characters="\x7f", exclude_categories=("Cs",))
_RAW = st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF)
ids = st.text("0123456789abcdef", min_size=40, max_size=40).filter(lambda text: text.strip("0"))
words = st.text(_LETTERS | _RAW, min_size=1, max_size=20)
lines = st.text(_LETTERS | _RAW | st.just(" "), min_size=1, max_size=30)
texts = st.text(
    st.characters(min_codepoint=0xA0, exclude_categories=("Cs",)) | st.sampled_from("ab \t\n"), min_size=1, max_size=40
)
refs = words.map(lambda word: f"refs/{word}")
lanes = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}", fullmatch=True)


def some(values: st.SearchStrategy[str], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, min_size=least, max_size=4, unique=True).map(tuple)


def in_order(values: st.SearchStrategy[str], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return some(values, least).map(lambda found: tuple(sorted(found)))


def pairs(keys: st.SearchStrategy[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.dictionaries(keys, values, max_size=3).map(lambda found: tuple(sorted(found.items())))


_moved = st.builds(Moved, refs, ids, st.none() | ids, st.booleans()) | st.builds(Moved, refs, st.none(), ids)
bodies: st.SearchStrategy[Any] = st.one_of(
    st.builds(
        Verdict,
        st.sampled_from(("accepted", "rejected")),
        some(ids, 1),
        lanes,
        in_order(refs, 1),
        st.none() | lines,
        pairs(refs, st.none() | ids),
        in_order(words),
        st.none() | ids,
        st.none() | ids,
        pairs(ids, ids),
    ),
    st.builds(Withdraw, some(ids, 1), in_order(refs, 1)),
    st.builds(Reconcile, lanes, in_order(words, 1)),
    st.builds(GateRun, ids, in_order(words), in_order(words), st.none() | ids),
    st.builds(
        Landing,
        st.lists(_moved, min_size=1, max_size=3, unique=True).map(tuple),
        lines,
        lines,
        st.none() | lines,
        st.none() | ids,
        st.integers(0, 1 << 52),
        st.none() | ids,
        st.none() | texts,
        in_order(words),
    ),
)
records = st.builds(Record, st.integers(0, (1 << 53) - 1), ids, bodies, st.none() | words, st.none() | texts)
