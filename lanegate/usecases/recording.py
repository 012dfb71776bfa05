"""post-receive at work: what this push moved, and what earlier ones left behind, goes into the ledger, each once.

One process at a time works on a repository (flock(2), which a process that dies lets go of), and it looks into the
ledger before it writes. So a kill at any point leaves objects that nothing reaches, or a record whose file is still
there, which the next one finds to be recorded; never a landing twice, and never one that is forgotten.
"""

from __future__ import annotations

import os

from lanegate.core.record import RecordError
from lanegate.git.push_lines import Line
from lanegate.git.run import Git, GitError
from lanegate.usecases.asked import Asked
from lanegate.usecases.judged import Judged, Judgements, seconds_since
from lanegate.usecases.landings import (
    NoServerError,
    Way,
    landings_since,
    moved_refs,
    not_in,
    record,
    that_landed,
    way_for,
)
from lanegate.usecases.server_config import ServerConfig
from lanegate.usecases.server_key import ServerKeyError
from lanegate.usecases.trusted_policy import NoPolicyError, policy_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lanegate.core.policy import Policy

    Said = Iterator[tuple[str, bool]]

#: Seconds after which a file that nobody marked as landed is looked at: until then that push may be on its way.
QUIET = 60.0
#: Seconds after which what has not landed never will.
FORGOTTEN = 3600.0
_LATER = "a later push records it, once that is mended; until then lanegate verify reports this landing"


class Recording:
    """Of one post-receive. refs: tells what each ref holds. lines: of its own push."""

    def __init__(
        self,
        asked: Asked,
        config: ServerConfig,
        files: Judgements,
        refs: Callable[[], Mapping[str, str]],
        lines: tuple[Line, ...],
    ) -> None:
        self._asked = asked
        self._config = config
        self._files = files
        self._refs = refs
        self._lines = lines
        self._version = _Version(asked.git)
        self._unsigned: dict[str, set[str]] = {}  # by a policy that knows no key of this server, what waits for one

    def of_this_push(self, name: str, judged: Judged) -> Said:
        """Record the push at hand, after those that were left behind. Lines of words, each with whether it is a
        failure. Raises GitError, OSError, DeadlineError."""
        self._leave(name, judged)
        with _Alone(self._asked.git.git_dir):
            yield from self._earlier(name)
            if name in self._files.names() or not self._files.was_done(name):
                yield from self._settle(name, judged, "landing")

    def _leave(self, name: str, judged: Judged) -> None:
        try:
            self._files.leave(name, judged)
        except OSError:  # no room for the file: then it is recorded now or never
            return

    def of_earlier_ones(self) -> Said:
        """Record what was left behind, as `of_this_push`."""
        with _Alone(self._asked.git.git_dir):
            yield from self._earlier("")

    def _earlier(self, own: str) -> Said:
        """What was left behind, round by round: that one landed may only be told once the one after it is recorded."""
        names = [name for name in self._files.names() if name != own and self._is_ripe(name)]
        left = len(names) + 1
        while len(names) < left:
            left = len(names)
            for name in names:
                judged = self._files.read(name)
                if judged is not None:
                    judged = self._with_rivals(name, judged)
                    yield from self._settle(name, judged, "an earlier landing", for_another=True)
                elif self._files.quiet_for(name) > FORGOTTEN:  # damaged
                    self._files.take(name)
            names = [name for name in names if name in self._files.names()]
        more = sum(len(waiting) - 1 for waiting in self._unsigned.values())
        if more:
            yield f"{more} more earlier landing{'s' if more > 1 else ''} not recorded, for the same reason", True
        self._files.sweep(FORGOTTEN)

    def _is_ripe(self, name: str) -> bool:
        """Whether the push that left a file is not on its way any more, as far as that can be told."""
        judged = self._files.read(name)
        return judged is None or judged.landed or self._files.quiet_for(name) >= QUIET

    def _settle(self, name: str, judged: Judged, what: str, *, for_another: bool = False) -> Said:
        """Record what of a push landed and is not recorded yet, and take its file away, unless it may still land."""
        since = landings_since(self._asked.git, self._asked.reader, judged)
        lines = not_in(since, judged.lines)
        if lines and not judged.landed:
            lines = that_landed(judged, since, self._lines, self._refs())
            if not lines and seconds_since(judged.time) < FORGOTTEN:
                self._files.looked_at(name)
                return
        number = None
        if lines and for_another and judged.policy in self._unsigned:  # to try each would keep who pushed waiting
            self._unsigned[judged.policy].add(name)
            self._files.looked_at(name)
            return
        try:
            number = self._record(judged, lines)
        except NoServerError as error:
            yield f"{what} not recorded: {error.message}", True
            yield f"  {error.hint}", True
        except (GitError, RecordError, ServerKeyError, NoPolicyError, OSError) as error:
            self._files.looked_at(name)
            if isinstance(error, ServerKeyError):
                self._unsigned.setdefault(judged.policy, {name})
            yield f"{what} not recorded: {getattr(error, 'message', error)}", True
            hint = getattr(error, "hint", None)
            yield f"  {hint}; {_LATER}" if hint else f"  {_LATER}", True
            return
        else:
            if number is not None:
                yield f"{what} recorded as number {number} of the ledger", False
        try:
            self._files.take(name, for_another=for_another and number is not None)
        except FileNotFoundError:
            return

    def _record(self, judged: Judged, lines: tuple[Line, ...]) -> int | None:
        """Write the records; the number of the last, None where nothing moved that is worth one."""
        if not lines:
            return None
        git, reader, config = self._asked.git, self._asked.reader, self._config
        policy = policy_at(reader, judged.commit, config.policy_path, keep_in=git.git_dir, with_rules=False).policy
        is_override = judged.reason is not None
        moved = moved_refs(git, reader, policy, config.trusted_ref, lines, of_override=is_override)
        return record(self._way(policy), judged, moved, self._version.text()) if moved else None

    def _way(self, policy: Policy) -> Way:
        """The way for a landing that this policy judged; where it does not know the server's key, by the policy that
        stands now."""
        git, reader, config = self._asked.git, self._asked.reader, self._config
        try:
            return way_for(git, reader, policy, config)
        except ServerKeyError:
            trusted = self._refs().get(config.trusted_ref)
            if trusted is None:
                raise
            now = policy_at(reader, trusted, config.policy_path, keep_in=git.git_dir, with_rules=False).policy
            if not now.servers:
                raise
            return way_for(git, reader, now, config)

    def _with_rivals(self, name: str, judged: Judged) -> Judged:
        """The same, without a pusher where somebody else left the same push behind: only one of them landed."""
        if judged.landed:
            return judged
        others = [self._files.read(other) for other in self._files.names() if other != name]
        rivals = [other for other in others if other is not None and set(other.lines) & set(judged.lines)]
        names = sorted({str(one.pusher) for one in (judged, *rivals)})
        if len(names) < 2:
            return judged
        return judged._replace(pusher=None, note=f"pushed at once by {', '.join(names)}: who landed it is not known")


class _Version:
    """Which git this is, asked while the rest is made ready. Making it and `text` raise GitError."""

    def __init__(self, git: Git) -> None:
        self._answer = git.stream("version")
        self._text: str | None = None

    def text(self) -> str:
        """Such as `2.39.5`."""
        if self._text is None:
            self._text = b"".join(self._answer).decode("utf-8", "replace").strip().removeprefix("git version ")
        return self._text


class _Alone:
    """Only one at a time, of all processes that work on a repository. Entering raises OSError."""

    def __init__(self, git_dir: str) -> None:
        self._folder = os.path.join(git_dir, "lanegate")

    def __enter__(self) -> None:
        import fcntl

        os.makedirs(self._folder, exist_ok=True)
        self._file = os.open(os.path.join(self._folder, "judged.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            os.close(self._file)
            raise

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
