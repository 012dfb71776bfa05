"""What the tests of the policy reader share."""

from __future__ import annotations

import pytest

from lanegate.core.policy_reader import PolicyError, read_policy

HEAD = 'version = 1\nidentity = "none"\n'
PUSHER = 'version = 1\nidentity = "pusher"\n'


def told(text: str | bytes) -> list[str]:
    """Problems as `line: code dotted.path: message`."""
    with pytest.raises(PolicyError) as caught:
        read_policy(text.encode() if isinstance(text, str) else text)
    return [f"{p.line}: {p.code} {p.where}: {p.message}" for p in caught.value.problems]
