"""What a push was judged by, handed from pre-receive to post-receive in a file (design section 3.7).

pre-receive may not write refs, and post-receive cannot know any more what stood before. So the first leaves a file in
`lanegate/judged/` of the repository's folder for each push that it lets in. The second writes into it that the push
landed, and takes it away once that is recorded. A file that stays is that of a push on its way, of one that never
landed, or of one whose post-receive was killed (usecases/landings.py tells them apart).

A file is named by what both hooks see: the lines that git feeds them, who pushes, and the push options. git feeds
post-receive only the lines that came true, so where the name does not fit, the content is looked at. A file is written
beside and renamed; one that is damaged counts as none.
"""

from __future__ import annotations

import os

from lanegate.core.named_tuple import NamedTuple
from lanegate.git.push_lines import Line
from lanegate.lean import dump, load
from lanegate.usecases.push_options import push_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FOLDER = os.path.join("lanegate", "judged")
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_DONE = ".done"
_BESIDE = ".new"


class Judged(NamedTuple):
    """lines: of the whole push. pusher: the name that the server authenticated, None where it knows nobody. time: when
    the push was received, as a record has it. commit, policy: of the policy that judged, commit and blob. ledger: tip
    of the ledger then. reason, codes: of an override. note: in words, what a reader of the record should know.
    landed: post-receive saw it land; lines are those that came true then. locks: tip of the lock registry when the push
    was judged, whose leases count by `time`."""

    lines: tuple[Line, ...]
    pusher: str | None
    time: str
    commit: str
    policy: str
    ledger: str | None = None
    reason: str | None = None
    codes: tuple[str, ...] = ()
    note: str | None = None
    landed: bool = False
    locks: str | None = None


def now(moment: float | None = None) -> str:
    """The time as records have it: UTC, ISO 8601, to the second. moment: seconds since 1970, None for this one."""
    import time

    return time.strftime(_TIME, time.gmtime(moment))


def seconds_since(moment: str) -> float:
    """Seconds since a time as `now` gives it. Raises ValueError."""
    import calendar
    import time

    return time.time() - calendar.timegm(time.strptime(moment, _TIME))


def name_of(lines: Sequence[Line], pusher: str | None, environ: Mapping[str, str]) -> str:
    """The name of a push's file."""
    from lanegate.core.hashes import sha256

    seen = (tuple(map(tuple, lines)), pusher, push_options(environ))
    return sha256(repr(seen).encode("utf-8", "surrogatepass")).hexdigest()


class Judgements:
    """The files of one repository."""

    def __init__(self, git_dir: str) -> None:
        self.folder = os.path.join(git_dir, _FOLDER)

    def leave(self, name: str, judged: Judged) -> None:
        """Write the file of a push. Raises OSError."""
        os.makedirs(self.folder, exist_ok=True)
        path = os.path.join(self.folder, name)
        beside = f"{path}.{os.getpid()}{_BESIDE}"
        with open(beside, "wb") as file:
            file.write(dump((tuple(map(tuple, judged.lines)), *judged[1:])))
        os.replace(beside, path)

    def names(self) -> tuple[str, ...]:
        """The names of the files that are there."""
        try:
            return tuple(sorted(name for name in os.listdir(self.folder) if "." not in name))
        except OSError:
            return ()

    def read(self, name: str) -> Judged | None:
        """What a file says, None where there is none or it is damaged."""
        try:
            found = load(os.fsencode(os.path.join(self.folder, name)))
            return Judged(tuple(Line(*line) for line in found[0]), *found[1:]) if found is not None else None
        except (ValueError, TypeError, EOFError):
            return None

    def handed_over(self, name: str, lines: Sequence[Line], pusher: str | None) -> str:
        """The name of the file that pre-receive left for a push: `name`, or that of the newest one by the same pusher
        of more lines, not all of which came true."""
        names = self.names()
        if name in names:
            return name
        read = [(other, self.read(other)) for other in names]
        wider = [(judged.time, other) for other, judged in read if judged and _is_wider(judged, lines, pusher)]
        return max(wider)[1] if wider else name

    def quiet_for(self, name: str) -> float:
        """Seconds since a file was written or looked at, 0 if it is gone."""
        import time

        try:
            return time.time() - os.stat(os.path.join(self.folder, name)).st_mtime
        except OSError:
            return 0.0

    def looked_at(self, name: str) -> None:
        """Note that nothing can be done about a file now."""
        try:
            os.utime(os.path.join(self.folder, name))
        except OSError:
            return

    def take(self, name: str, *, for_another: bool = False) -> None:
        """Take a file away, or (for_another) leave word for its own post-receive that its landing is recorded. Raises
        OSError."""
        path = os.path.join(self.folder, name)
        if for_another:
            os.replace(path, path + _DONE)
        else:
            os.unlink(path)

    def was_done(self, name: str) -> bool:
        """Whether somebody else recorded this landing; the word that was left is taken away."""
        try:
            os.unlink(os.path.join(self.folder, name + _DONE))
        except OSError:
            return False
        return True

    def sweep(self, seconds: float) -> None:
        """Take away what is older: words that nobody came for, and files that were never finished."""
        try:
            names = [name for name in os.listdir(self.folder) if name.endswith((_DONE, _BESIDE))]
            for name in names:
                if self.quiet_for(name) > seconds:
                    os.unlink(os.path.join(self.folder, name))
        except OSError:
            return


def _is_wider(judged: Judged, lines: Sequence[Line], pusher: str | None) -> bool:
    return not judged.landed and judged.pusher == pusher and set(lines) < set(judged.lines)
