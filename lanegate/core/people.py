"""By which keys the people of a policy are known, and so who signed a commit (design section 3.3)."""

from __future__ import annotations

from lanegate.core.facts import Signer
from lanegate.core.policy import NOBODY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lanegate.core.policy import Policy

    #: From a commit's id and raw content to who signed it; None where nobody asks.
    Signed = Callable[[str, bytes], Signer | None]


#: What the writer of a record is called, before its id in the policy, where it is a server.
SERVER = "server:"


def nobody_asks(_oid: str, _raw: bytes) -> Signer | None:
    """Of a policy that asks for no signatures."""
    return None


def signers_of(policy: Policy) -> Signed:
    """Who signed a commit, going by the keys of the policy; `nobody_asks` where it asks for no signatures."""
    if not policy.asks_signature:
        return nobody_asks
    from lanegate.core.signed_commit import signer_of
    from lanegate.core.ssh_keys import parse_key_line

    keys = {parse_key_line(line).blob: person.id for person in policy.people.values() for line in person.keys}
    return lambda _, raw: signer_of(raw, keys)


def writers_of(policy: Policy) -> Signed:
    """Who signed a record of the ledger: a person, or `server:<id>`, by every key of the policy, whatever commits are
    tied to people by; `nobody_asks` under identity `none`."""
    if policy.identity == NOBODY:
        return nobody_asks
    from lanegate.core.signed_commit import signer_of
    from lanegate.core.ssh_keys import parse_key_line

    keys = {parse_key_line(line).blob: person.id for person in policy.people.values() for line in person.keys}
    for server in policy.servers.values():
        keys.update({parse_key_line(line).blob: SERVER + server.id for line in server.keys})
    return lambda _, raw: signer_of(raw, keys)
