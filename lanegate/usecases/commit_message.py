"""The message of a commit in the making: prepare-commit-msg writes the lane into it, commit-msg judges it.

What is judged is the message as git's cleanup will leave it, by the rules that judge it at the server (LG201, LG204,
LG205), and one more that only a clone can have: it names the lane of this worktree, whose grants judged the paths. A
clean merge needs no lane. A message in which nobody wrote anything is refused, since git, which would have stopped
there, sees our trailers.

prepare-commit-msg decides nothing, so it refuses nothing: what it cannot do, commit-msg or the server will tell. It
runs under `--no-verify` too, where a refusal would only lock people out.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping

from lanegate.core.decision import Decision, Violation
from lanegate.core.facts import Commit
from lanegate.core.judge import Scope
from lanegate.core.message import read_trailers
from lanegate.core.message_file import cleaned, cleanup_mode, comment_string, with_trailers
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import Lane
from lanegate.git.run import GitError
from lanegate.git.worktree import CallersGit, Worktree, find
from lanegate.usecases.clone import Clone, StoppedError, lane_here, lane_trailers, open_clone
from lanegate.usecases.locks_known import LocksHere
from lanegate.usecases.report import report
from lanegate.usecases.staged import answer, read_staged, unnamed
from lanegate.usecases.staged_zones import zoned
from lanegate.usecases.undecided import undecided

#: A commit id where a message is judged before there is a commit.
_ONE_PARENT = ("",)


class MessageFile(NamedTuple):
    """The file and how git will clean it. mode: of `message_file.cleanup_mode`; template: commit.template, if any."""

    raw: bytes
    mode: str
    comment: bytes
    edited: bool
    verbose: bool = False
    template: bytes | None = None

    @property
    def message(self) -> bytes:
        return self.cleaned(self.raw)

    def cleaned(self, raw: bytes) -> bytes:
        """What git would store of a file."""
        return cleaned(raw, self.mode, self.comment, edited=self.edited, verbose=self.verbose)

    def with_trailers(self, raw: bytes, lane: Lane) -> bytes:
        """A file with the lane's trailers in it."""
        trailers = lane_trailers(lane)
        return with_trailers(raw, trailers, self.mode, self.comment, edited=self.edited, verbose=self.verbose)


def read_message_file(path: str, theirs: CallersGit, environ: Mapping[str, str]) -> MessageFile:
    """The file at `path` as git's configuration will have it cleaned. Raises OSError, GitError."""
    with open(path, "rb") as file:
        raw = file.read()
    edited = environ.get("GIT_EDITOR") != ":"
    settings = _message_settings(theirs)
    comment = comment_string(settings.get("core.commentstring", settings.get("core.commentchar")), raw, edited=edited)
    mode = cleanup_mode(settings.get("commit.cleanup"), edited=edited)
    verbose = not edited and "commit.verbose" in settings and _is_verbose(theirs)
    template = _read_template(theirs) if edited and "commit.template" in settings else None
    return MessageFile(raw, mode, comment, edited, verbose, template)


def _message_settings(theirs: CallersGit) -> dict[str, str]:
    """commit.cleanup, .template and .verbose, and the comment string, as git itself would use them here."""
    keys = r"^(commit\.(cleanup|template|verbose)|core\.comment(char|string))$"
    entries = os.fsdecode(theirs.output("config", "-z", "--get-regexp", keys, accept=(0, 1))).split("\0")
    return {key: value for key, _, value in (entry.partition("\n") for entry in entries if entry)}


def _is_verbose(theirs: CallersGit) -> bool:
    level = theirs.line("config", "--type=bool-or-int", "--get", "commit.verbose", accept=(0, 1))
    return level not in ("false", "0")


def _read_template(theirs: CallersGit) -> bytes | None:
    path = theirs.line("config", "--type=path", "--get", "commit.template", accept=(0, 1))
    try:
        with open(os.path.join(theirs.folder, path), "rb") as file:
            return file.read()
    except OSError:  # git itself has refused by now, or uses another one by `-t`
        return None


def prepare(path: str, worktree: Worktree, environ: Mapping[str, str]) -> None:
    """Write the trailers of this worktree's lane into the message file. Raises StoppedError, GitError, OSError."""
    clone = open_clone(worktree)
    if clone is None:
        return
    lane = lane_here(clone, environ)
    file = read_message_file(path, CallersGit(".", environ), environ)
    done = file.with_trailers(file.raw, lane)
    if done != file.raw:
        with open(path, "wb") as out:
            out.write(done)


def judge_message(path: str, worktree: Worktree, environ: Mapping[str, str]) -> Decision | None:
    """Judge the message in a file as git will store it. None: the repository is not managed. Never raises."""
    try:
        clone = open_clone(worktree)
        if clone is None:
            return None
        file = read_message_file(path, CallersGit(".", environ), environ)
        return _judge(clone, file, environ)
    except StoppedError as error:
        return error.decision
    except (Exception, RecursionError, MemoryError) as error:
        return undecided(error)


def _judge(clone: Clone, file: MessageFile, environ: Mapping[str, str]) -> Decision:
    message = file.message
    if not message:
        return answer(clone, ())  # git stops here by itself, or was told --allow-empty-message
    if clone.worktree.merge_heads():
        staged = read_staged(clone)
        if staged.commit.is_clean_merge:
            return answer(clone, (), staged.notes)
        locks = LocksHere(clone.worktree, time.time())
        judged, scope = zoned(clone, staged.commit, locks)
        commit = judged._replace(message=message, signer=None)  # nobody has signed it yet
        return answer(clone, unnamed(tuple(locks.told(clone.judge.commit(commit, scope)))), staged.notes)
    lane = lane_here(clone, environ)
    unwritten = _nothing_written(file, message, lane)
    if unwritten is not None:
        return answer(clone, (unwritten,))
    return answer(clone, message_violations(clone, message, lane))


def message_violations(clone: Clone, message: bytes, lane: Lane) -> tuple[Violation, ...]:
    """LG201, LG204, LG205 on a message that will be stored in a commit with one parent."""
    commit = Commit("", _ONE_PARENT, message)
    found = unnamed(clone.judge.commit(commit, Scope()))
    named = read_trailers(message).of(b"lane")
    if found or named == (lane.id,):
        return found
    text = f"the message names lane {named[0]}, this worktree works in lane {lane.id}"
    hint = f"for one commit: LANEGATE_LANE={named[0]} git commit …; for this worktree: lanegate lane use {named[0]}"
    return (Violation(code="LG201", message=text, lane=named[0], hint=hint, policy_line=lane.line),)


def _nothing_written(file: MessageFile, message: bytes, lane: Lane) -> Violation | None:
    """A message that holds only what git and lanegate put there, None if a person wrote something."""
    lines = message.strip().split(b"\n")
    own = {f"{token}: {value}".encode() for token, value in lane_trailers(lane)}
    if all(line in own or line.startswith(b"Signed-off-by: ") or not line for line in lines):
        text = "the message is empty but for its trailers"
        return Violation(code="LG201", message=text, lane=lane.id, hint="write a subject on its first line")
    if file.template is not None and message == file.cleaned(file.with_trailers(file.template, lane)):
        text = "the message is the template of commit.template, unchanged"
        return Violation(code="LG201", message=text, lane=lane.id, hint="write the message")
    return None


def prepare_main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """The hook prepare-commit-msg. Always 0: what stops it is only said."""
    try:
        prepare(arguments[0], find(environ=environ), environ)
    except StoppedError:
        pass  # pre-commit or commit-msg says it, where a lane is needed
    except (GitError, OSError) as error:
        sys.stderr.write(f"lanegate: no lane was written into the message: {error}\n")
    return 0


def judge_main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """The hook commit-msg: the answer on standard error unless all is well; the exit status."""
    return report(judge_message(arguments[0], find(environ=environ), environ))
