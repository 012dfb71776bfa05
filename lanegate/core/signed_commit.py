"""Who signed a commit: the signature that git keeps in the commit's headers, checked against the keys of people.

git signs the commit object without its signature and then puts the signature into a header: `gpgsig` where ids are
SHA-1, `gpgsig-sha256` where they are SHA-256 (git's commit.c, gpg_sig_headers; gitformat-signature). To check it, the
lines of that header are taken out of the raw bytes again; nothing is decoded or written anew.

git's own reader (parse_buffer_signed_by_header) also takes out every other header whose name starts with `gpgsig`, of
the other object format or of none, so these are bytes of the commit that nobody signed. Here such a commit is refused.
So is any commit that is malformed (core/objects.py): parsers would disagree on what was signed.

What a signature does not say: it covers the payload, not the commit's id. A second signature of the same payload, by
the same or another person, makes another commit.
"""

from __future__ import annotations

from lanegate.core.facts import Signer
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.objects import parse_commit
from lanegate.core.ssh_signature import check_signature
from lanegate.core.ssh_wire import FormatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: By the number of hex digits of an id.
_HEADERS = {40: b"gpgsig", 64: b"gpgsig-sha256"}
#: How each header begins that git may take for one.
_MARK = b"\ngpgsig"


class SignedCommit(NamedTuple):
    """payload: what was signed. signature: as text, made from the header."""

    payload: bytes
    signature: bytes


def signer_of(raw: bytes, people: Mapping[bytes, str]) -> Signer:
    """Who signed a commit.

    raw: the content of the commit object. people: person id by encoded key (KeyLine.blob); a person may have several.
    """
    try:
        payload, signature = split_commit(raw)
    except FormatError as wrong:
        return Signer(None, reason=str(wrong))
    key, reason = check_signature(signature, payload, people)
    return Signer(None, reason=reason) if key is None else Signer(people[key], key)


def split_commit(raw: bytes) -> SignedCommit:
    """Part a commit object into what was signed and the signature. Raises FormatError where git would not check one."""
    parsed = parse_commit(raw)
    if parsed.defects or parsed.tree is None:
        raise FormatError("malformed commit object")
    head = raw[: raw.find(b"\n\n") + 1] or raw  # ends with a line feed, in a commit without defects
    start = head.find(_MARK) + 1
    if not start:
        raise FormatError("no signature")
    name, _, rest = head[start:].partition(b" ")
    if _MARK in rest or name != _HEADERS[len(parsed.tree)]:
        raise FormatError("signature header that git does not check in this repository")
    end = rest.find(b"\n") + 1
    while rest[end : end + 1] == b" ":  # a line that continues it
        end = rest.find(b"\n", end) + 1
    payload = head[:start] + rest[end:] + raw[len(head) :]
    return SignedCommit(payload, rest[:end].replace(b"\n ", b"\n"))


def with_signature(payload: bytes, signature: bytes, digits: int) -> bytes:
    """The commit object that git makes of both; `split_commit` parts them again. payload: a sound commit object.
    digits: of an id in this repository."""
    head, _, message = payload.partition(b"\n\n")
    folded = signature.removesuffix(b"\n").replace(b"\n", b"\n ")
    return b"%b\n%b %b\n\n%b" % (head, _HEADERS[digits], folded, message)
