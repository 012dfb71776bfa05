"""Which layers of the audit trail are live at a server: what records landings, and how often the glass was broken.

Only where the policy asks for acceptance; elsewhere nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lanegate.core.ledger import LEDGER_REF
from lanegate.core.policy import NOBODY
from lanegate.git.config_edit import all_values
from lanegate.git.objects import CatFile
from lanegate.git.worktree import Worktree
from lanegate.usecases.doctor import DEAD, LIVE, NOTE, Layer
from lanegate.usecases.platforms import PLATFORMS
from lanegate.usecases.server_config import ServerConfig
from lanegate.usecases.server_key import ServerKeyError, signing_server
from lanegate.usecases.shim import AFTER_HOOK
from lanegate.usecases.trusted_policy import PolicyFile

_NOT_RECORDED = "landings are not recorded"


def examine_landing(
    server: Worktree, config: ServerConfig, file: PolicyFile, hook: Callable[[str], Layer]
) -> Iterator[Layer]:
    """The layers of what happens after a push. hook: examines a hook of the server. Raises GitError."""
    if not file.policy.asks_acceptance:
        return
    if PLATFORMS[config.platform].has_post_receive:
        yield hook(AFTER_HOOK)
    else:
        yield Layer(AFTER_HOOK, NOTE, f"{config.platform} runs no such hook: {_NOT_RECORDED}")
    if file.policy.identity != NOBODY:
        yield _key(server, config, file)
    yield from _override(server, file)


def _key(server: Worktree, config: ServerConfig, file: PolicyFile) -> Layer:
    try:
        name, path, _ = signing_server(file.policy, server.git_dir, config.server_key)
    except ServerKeyError as error:
        return Layer("server key", DEAD, f"{error.message}: {_NOT_RECORDED}", error.hint)
    return Layer("server key", LIVE, f"{path}, of server {name} in the policy")


def _override(server: Worktree, file: PolicyFile) -> Iterator[Layer]:
    if file.policy.override:
        what = "override = true: a maintainer's push option lets through what the rules refuse"
        yield Layer("override", NOTE, what, "when the emergency is over, set it to false in the policy")
        if all_values(server.git).get("receive.advertisepushoptions", ())[-1:] != ("true",):
            what = "receive.advertisePushOptions is not set: git takes no push option here"
            yield Layer("override", DEAD, what, "run: lanegate install --server DIR")
    found = list(_overrides(server))
    if found:
        count = "one override stands" if len(found) == 1 else f"{len(found)} overrides stand"
        yield Layer("overrides", NOTE, f"{count} in the ledger, the last: {found[-1]}", "run: lanegate ledger log")


def _overrides(server: Worktree) -> Iterator[str]:
    """A line of words for each landing in the ledger that had refusals overridden, oldest first."""
    from lanegate.core.record import Landing, RecordError, read_record

    tip = server.commit(LEDGER_REF)
    if tip is None:
        return
    reader = CatFile(server.git)
    try:
        for commit in server.git.output("rev-list", "--first-parent", "--reverse", tip).decode().split():
            content = reader.lookup(f"{commit}:record")[2]
            try:
                record = read_record(content)
            except RecordError as error:
                yield f"(record {commit[:7]} cannot be read: {error.message})"
                continue
            if isinstance(record.body, Landing) and record.body.reason is not None:
                refs = ", ".join(moved.ref for moved in record.body.moved)
                yield f"record {record.number}, {refs} by {record.body.pusher}: {record.body.reason}"
    finally:
        reader.close()
