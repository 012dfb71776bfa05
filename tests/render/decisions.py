"""Decisions as bad as a repository can make them: paths of any bytes, words of any letters."""

from __future__ import annotations

from hypothesis import strategies as st

from lanegate.core.codes import CODES
from lanegate.core.decision import ALLOWED, REFUSED, UNDECIDED, Decision, Violation

COMMIT = "1b2c3d4e" * 5
#: What breaks out of one format or another.
ODD_PATHS = (
    b"src/core/index.py",
    b"caf\xe9/\xff.py",
    "café/名前.py".encode(),
    b"a\n::error::b",
    b"a\r::set-output name=x::y",
    b"a%0A::error::b",
    b"a,line=7,title=b:c",
    b"\"quoted\" 'twice' <b>&amp;",
    b"]]>",
    b"[click](http://example.org/)",
    b"\x1b[31m\x00\x7f",
    "\u202egpj.exe\u2028\ufffe\uffff".encode(),
    b" ##[error]no ",
    b"a b?c#d:e\\f",
    b"",
)

_WORDS = st.text(max_size=12) | st.sampled_from(["", "]]>", "::error::x", "a\n::error::b", "%0A", "\ud800", "[a](b)"])
_PATHS = st.binary(max_size=12) | st.sampled_from(ODD_PATHS)


def refused(*violations: Violation, **fields: object) -> Decision:
    """A refusal for these violations, as of a push of three commits."""
    return Decision(REFUSED, violations, policy_path="policy/lanegate.toml", commits=3, paths=5)._replace(**fields)


def violations() -> st.SearchStrategy[Violation]:
    """Any violation."""
    return st.builds(
        Violation,
        code=st.sampled_from(sorted(CODES)),
        message=_WORDS,
        commit=st.none() | st.just(COMMIT),
        subject=st.none() | _WORDS,
        path=st.none() | _PATHS,
        lane=st.none() | _WORDS,
        grant=st.none() | st.just("READ"),
        owner=st.none() | _WORDS,
        ref=st.none() | _WORDS,
        policy_line=st.none() | st.integers(1, 999),
        hint=st.none() | _WORDS,
    )


def decisions() -> st.SearchStrategy[Decision]:
    """Any decision, those that an override let through among them."""
    return st.builds(
        Decision,
        decision=st.sampled_from([ALLOWED, REFUSED, UNDECIDED]),
        violations=st.lists(violations(), max_size=15).map(tuple),
        policy_blob=st.none() | st.just("4f2a91c0" * 5),
        policy_path=st.sampled_from([None, "policy/lanegate.toml", "/etc/pölicy.toml"]),
        notes=st.lists(_WORDS, max_size=12).map(tuple),
        commits=st.integers(0, 9),
        paths=st.integers(0, 9),
    )
