"""By which keys the people of a policy are known, and so who signed a commit (design section 3.3)."""

from __future__ import annotations

from lanegate.core.facts import Signer
from lanegate.core.policy import NOBODY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lanegate.core.policy import Policy

    #: From a commit's id and raw content to who signed it; None where nobody asks.
    Signed = Callable[[str, bytes], Signer | None]
    #: From a commit's id to the encoded key that made its signature, None where that is not known.
    Checked = Callable[[str], bytes | None]


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
    from lanegate.core.ssh_keys import known_key

    keys = {known_key(line): person.id for person in policy.people.values() for line in person.keys}
    return lambda _, raw: signer_of(raw, keys)


def writer_keys(policy: Policy) -> Mapping[bytes, str]:
    """Who may have written a record of the ledger, by encoded key: a person, or `server:<id>`; every key of the policy,
    whatever commits are tied to people by. Empty under identity `none`."""
    if policy.identity == NOBODY:
        return {}
    from lanegate.core.ssh_keys import known_key

    keys = {known_key(line): person.id for person in policy.people.values() for line in person.keys}
    for server in policy.servers.values():
        keys.update({known_key(line): SERVER + server.id for line in server.keys})
    return keys


def unchecked(_oid: str) -> None:
    """Of records whose signatures nobody has checked yet."""


def writers_of(policy: Policy, checked: Checked = unchecked) -> Signed:
    """Who signed a record, going by `writer_keys`; `nobody_asks` under identity `none`.

    checked: by which key a commit's signature was found to be good, whoever checked it; None where it was not found to
    be, and then it is checked here.
    """
    if policy.identity == NOBODY:
        return nobody_asks
    from lanegate.core.signed_commit import signer_of

    keys = writer_keys(policy)

    def signed(oid: str, raw: bytes) -> Signer:
        key = checked(oid)
        return Signer(keys[key], key) if key is not None and key in keys else signer_of(raw, keys)

    return signed
