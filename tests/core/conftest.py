"""Keys for the tests of signatures: made when first asked for, kept for the whole run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.core.ssh_signers import GENERATED, Oracle, Signer, generate, security_key

#: (kind, which of several people with such a key): the same signer each time.
Signers = Callable[..., Signer]
#: The signers whose keys it knows: OpenSSH's answers.
Oracles = Callable[..., Oracle]


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signers:
    """Somebody with a key of a kind (ssh_signers.KINDS)."""
    made: dict[tuple[str, int], Signer] = {}

    def give(kind: str, which: int = 0) -> Signer:
        if (kind, which) not in made:
            folder = tmp_path_factory.mktemp("keys")
            made[kind, which] = generate(kind, folder) if kind in GENERATED else security_key(kind)
        return made[kind, which]

    return give


@pytest.fixture
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracles:
    """OpenSSH's answers."""
    return lambda *signers: Oracle(tmp_path_factory.mktemp("oracle"), signers)
