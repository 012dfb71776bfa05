"""Another repository over the network, as the person's own git reaches it: its refs, fetching, pushing one ref.

A push is never forced, so the server's own compare-and-swap decides between writers (git-receive-pack(1)): a ref moves
only from the value that this push was made for. What git says of a failed push is sorted into three answers, since each
asks for another next step: somebody was faster (make the change anew), the server's hook said no, the server was not
reached (or it is not known what it did).
"""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple
from lanegate.git.run import Git, GitError, error_line

PUSHED, MOVED, REFUSED = "pushed", "moved", "refused"


class UnreachableError(GitError):
    """The other repository cannot be reached, or the connection broke. `.message` is git's own first line."""


class Outcome(NamedTuple):
    """How a push of one ref ended: PUSHED, MOVED (the ref is not what it was, or is just being written) or REFUSED.
    said: the words of git and the server."""

    state: str
    said: str = ""


class Remote(NamedTuple):
    """git: as the person runs it (`worktree.CallersGit`). name: of the remote in its configuration."""

    git: Git
    name: str

    def refs(self) -> dict[str, str]:
        """What each ref there holds now. Raises UnreachableError."""
        out = self._reach("ls-remote", "--quiet", "--refs", "--", self.name)
        pairs = (line.split("\t") for line in out.decode("utf-8", "surrogateescape").splitlines())
        return {ref: oid for oid, ref in pairs}

    def fetch(self, *refspecs: str) -> None:
        """Bring objects (and refs, where a refspec says so) here. Raises UnreachableError."""
        self._reach("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", self.name, *refspecs)

    def follow(self, ref: str, here: str, *refspecs: str) -> str | None:
        """What a ref there holds now, None if there is none; brought here in one fetch with what the refspecs say.

        here: a ref of this repository that is made to be the same, moved back or gone as it may be; so is every ref
        whose name begins with `ref`. Raises UnreachableError, also where a ref of the refspecs is not there.
        """
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--prune")
        self._reach("fetch", *options, "--", self.name, f"+{ref}*:{here}*", *refspecs)  # a pattern may match nothing
        return self.git.line("rev-parse", "--verify", "--quiet", here, accept=(0, 1)) or None

    def push(self, new: str, ref: str) -> Outcome:
        """Let a ref there hold `new`, without force and without this clone's own pre-push. Raises UnreachableError."""
        options = ("--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no")
        arguments = ("push", *options, "--", self.name, f"{new}:{ref}")
        status, out, err = self.git.outcome(*arguments)
        lines = out.decode("utf-8", "replace").splitlines()
        said = err.decode("utf-8", "replace").strip()
        if status == 0:
            return Outcome(PUSHED, said)
        answer = next((line.split("\t")[-1] for line in lines if line.startswith("!\t")), None)
        if answer is None:
            raise UnreachableError(error_line(arguments, status, err))
        return Outcome(REFUSED, said) if "hook declined" in answer else Outcome(MOVED, answer)

    def _reach(self, *arguments: str) -> bytes:
        status, out, err = self.git.outcome(*arguments)
        if status:
            raise UnreachableError(error_line(arguments, status, err))
        return out
