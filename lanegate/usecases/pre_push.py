"""The early warning before a push: git's pre-push hook (githooks(5)), judged as the server would, from what is known
here.

Same facts and the same judge as pre-receive, with three differences. The server's refs are the remote-tracking ones,
as old as the last fetch, but for the refs being pushed, whose values git has just asked for; so are the locks, and a
refusal says how old. Nobody is authenticated,
so rules that name people are not judged. And only a push to the remote whose branch is trusted is judged: the policy
says nothing about other remotes. What cannot be known here (a tip of the server that was never fetched) is left to
the server with a note; pushing is how one finds out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

from lanegate.core.decision import Decision
from lanegate.core.judge_push import Push, judge_push
from lanegate.core.refs import LEDGER_REF, LOCKS_REF
from lanegate.git.objects import CatFile, MissingObjectError
from lanegate.git.push_lines import Line, read_lines
from lanegate.git.pushes import Pushes
from lanegate.git.refs import Tip, ask_refs, read_refs
from lanegate.git.run import GitError
from lanegate.git.worktree import CallersGit, Worktree, find
from lanegate.usecases.clone import Clone, StoppedError, open_clone
from lanegate.usecases.locks_known import LocksHere
from lanegate.usecases.report import report
from lanegate.usecases.staged import answer
from lanegate.usecases.trusted_policy import policy_after
from lanegate.usecases.undecided import undecided

_REMOTE_AND_URL = 2
_VARIABLES = ("REMOTE_NAME", "REMOTE_URL", "REMOTE_BRANCH", "LOCAL_BRANCH")
_TRACKING = "refs/remotes/"
_BRANCHES = "refs/heads/"


def judge_outgoing(
    remote: str, url: str, stdin: bytes, worktree: Worktree, environ: Mapping[str, str]
) -> Decision | None:
    """Judge what git is about to push. None: the repository or this remote is not managed. Never raises.

    remote: its name, or the URL where it has none; stdin: lines `<local ref> <local id> <remote ref> <remote id>`.
    """
    try:
        clone = open_clone(worktree)
        if clone is None:
            return None
        trusted_remote = remote_of_ref(clone)
        if trusted_remote is None or not _is_remote(trusted_remote, remote, url, environ):
            return None
        return _judge(clone, trusted_remote, lines_of(stdin))
    except StoppedError as error:
        return error.decision
    except (Exception, RecursionError, MemoryError) as error:
        return undecided(error)


def lines_of(stdin: bytes) -> tuple[Line, ...]:
    """pre-push's lines as the ref updates that the server will see. Raises GitError."""
    lines = []
    for raw in stdin.split(b"\n"):
        if not raw:
            continue
        # The local ref may be any expression (`HEAD~1`), `(delete)` too; the other three hold no space.
        fields = raw.rsplit(b" ", 3)
        if len(fields) != 4:
            raise GitError(f"standard input is not what git gives to pre-push: {raw[:80]!r}")
        _, local, ref, old = fields
        lines.append(b" ".join((old, local, ref)))
    return read_lines(b"\n".join(lines))


def remote_of_ref(clone: Clone) -> str | None:
    """The remote that the trusted ref follows, None if it is a ref of this repository."""
    if not clone.ref.startswith(_TRACKING):
        return None
    rest = clone.ref.removeprefix(_TRACKING)
    remotes = [name for name in clone.worktree.settings.remotes if rest.startswith(name + "/")]
    return max(remotes, key=len, default=None)


def _is_remote(trusted: str, remote: str, url: str, environ: Mapping[str, str]) -> bool:
    if trusted == remote:
        return True
    theirs = CallersGit(".", environ)
    urls = theirs.line("remote", "get-url", "--push", "--all", trusted, accept=(0, 2, 128)).split("\n")
    urls += theirs.line("remote", "get-url", "--all", trusted, accept=(0, 2, 128)).split("\n")
    return url in urls


def _judge(clone: Clone, remote: str, lines: tuple[Line, ...]) -> Decision:
    git = clone.worktree.git
    prefix = f"{_TRACKING}{remote}/"
    refs = {
        _BRANCHES + name.removeprefix(prefix): tip
        for name, tip in read_refs(ask_refs(git)).items()
        if name.startswith(prefix) and not tip.symref
    }
    locks = LocksHere(clone.worktree, time.time())
    if clone.policy.asks_locks:
        refs |= locks.tips()
    reader = CatFile(git)
    try:
        known: list[Line] = []
        notes: list[str] = []
        for line in lines:
            if line.ref in (LEDGER_REF, LOCKS_REF):  # records are checked when they are written, and by the server
                continue
            refs.pop(line.ref, None)
            kind = _kind(reader, line.old)
            if line.old is not None and kind is None:
                notes.append(f"{line.ref} not judged: its tip at the server was never fetched; run: git fetch {remote}")
                continue
            if line.old is not None and kind is not None:
                refs[line.ref] = Tip(line.old, kind, "")
            known.append(line)
        trusted_ref = _BRANCHES + clone.ref.removeprefix(prefix)
        facts = Pushes(git, reader, refs, clone.policy, ownership=clone.file.ownership, locks=locks.held)
        updates = facts.updates(known, trusted_ref, False)
        after = policy_after(reader, clone.file, trusted_ref, clone.policy_path, known)
    finally:
        reader.close()
    push = Push(updates=updates, trusted_ref=trusted_ref, policy_after=after, judges_acceptance=False)
    violations = tuple(locks.told(judge_push(clone.judge, push)))
    decision = answer(clone, violations, tuple(notes), refs=len(known))
    return decision._replace(
        commits=sum(len(update.commits) for update in updates),
        paths=sum(len(commit.changes) for update in updates for commit in update.commits),
    )


def _kind(reader: CatFile, oid: str | None) -> str | None:
    """The type of an object, None if it is not here."""
    if oid is None:
        return None
    try:
        return reader.read(oid)[0]
    except MissingObjectError:
        return None


def told_by_pre_commit(environ: Mapping[str, str], worktree: Worktree) -> tuple[str, str, bytes]:
    """(remote, URL, standard input) of a push that the pre-commit program tells of in its own way.

    It keeps git's arguments and standard input to itself and gives variables, for the first ref of the push that brings
    commits; what the ref is at the server is then what was last fetched. Raises GitError when they are not there.
    """
    try:
        remote, url, ref, local = (environ[f"PRE_COMMIT_{name}"] for name in _VARIABLES)
    except KeyError as error:
        raise GitError(f"neither git's arguments nor {error} of pre-commit say what is pushed") from error
    new = environ.get("PRE_COMMIT_TO_REF") or worktree.commit(local)
    if new is None:
        raise GitError(f"{local} is no commit")
    old = worktree.commit(f"{_TRACKING}{remote}/{ref.removeprefix(_BRANCHES)}") or "0" * len(new)
    return remote, url, f"{local} {new} {ref} {old}\n".encode("utf-8", "surrogateescape")


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """The hook pre-push: the answer on standard error unless all is well; the exit status."""
    worktree = find(environ=environ)
    if len(arguments) >= _REMOTE_AND_URL:
        remote, url, stdin = *arguments[:_REMOTE_AND_URL], sys.stdin.buffer.read()
    else:
        remote, url, stdin = told_by_pre_commit(environ, worktree)
    return report(judge_outgoing(remote, url, stdin, worktree, environ))
