"""A first policy as text, for people to read and go on from (R-A03): every line says why it is there."""

from __future__ import annotations

from collections.abc import Sequence

from lanegate.core.hotspots import Touched
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.toml_lines import quoted

#: Lanes that a history proposes, the one for all the rest aside.
MOST_FOLDERS = 5
#: A folder with more than this share of all changes is looked into.
_LARGE = 0.6


class DraftLane(NamedTuple):
    """A lane to be. owners: shown to whoever is refused. note: why it is there."""

    id: str
    owned_paths: tuple[str, ...]
    owners: tuple[str, ...] = ()
    note: str | None = None


class Draft(NamedTuple):
    """source: where the lanes come from, in words. unowned_files: how many tracked files are in no lane. branch: the
    trusted one, without refs/heads/."""

    source: str
    lanes: tuple[DraftLane, ...]
    unowned_files: int
    branch: str


def policy_text(draft: Draft) -> str:
    """The policy file, ending with a newline."""
    lanes = draft.lanes
    if draft.unowned_files:
        said = (
            f"{draft.unowned_files} tracked files are in no lane yet: any lane may change them; deny, once all have one"
        )
        unowned = f'unowned = "allow" # {said}'
    else:
        unowned = 'unowned = "deny" # every tracked file is in a lane; allow: what no lane owns may be changed by any'
    head = f"""\
# Who may change what here. Proposed by `lanegate init` from {one_line(draft.source)}: read it, change it, commit it.
#   lanegate policy check      is it valid?        lanegate policy overlaps   what nobody owns
#   lanegate simulate          what would it have refused lately?
# In a list the last pattern that matches decides; `!` takes away. /folder/ is all below it, **/name is at any depth.

version = 1
{unowned}
max_active_lanes = {max(4, len(lanes))}
identity = "none" # Lane trailers are believed: guards against mistakes. Against malice: pusher or signature

"""
    refs = f"""\
# Which refs may be pushed; the first name that matches counts. The policy on this one judges everything:
[[refs]]
name = {quoted("refs/heads/" + draft.branch, 300)}

# A lane's own branch takes commits of that lane only, and may be rewritten.
[[refs]]
name = "refs/heads/lane/{{lane}}"
force = true
delete = true

# All other branches: the paths of new commits are judged there too.
[[refs]]
name = "refs/heads/**"
force = true
delete = true

[[refs]]
name = "refs/tags/**"
"""
    return head + "".join(_lane(lane) for lane in lanes) + refs


def _lane(lane: DraftLane) -> str:
    lines = [f"# {one_line(lane.note)}"] if lane.note else []
    lines.append(f"[lanes.{lane.id if '.' not in lane.id else quoted(lane.id)}]")
    if lane.owners:
        lines.append(f"owners = [{', '.join(quoted(owner, 300) for owner in lane.owners)}]")
    owned = [quoted(pattern, 2000) for pattern in lane.owned_paths]
    short = f"owned_paths = [{', '.join(owned)}]"
    lines += [short] if len(short) <= 120 else ["owned_paths = [", *(f"  {text}," for text in owned), "]"]
    return "\n".join([*lines, f"branch = {quoted('lane/' + lane.id, 300)}", "", ""])


def one_line(text: str) -> str:
    """Text for a comment: whatever ends a line, or is not for eyes, is shown as a question mark."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def busy_folders(files: Sequence[Touched]) -> tuple[tuple[str, int], ...]:
    """The folders to make lanes of, by how often their files were changed: (path without outer slashes, changes).

    A folder with most of all changes is replaced by the folders in it, so that there is something to part. Folders
    whose names have other signs than letters, digits, `.`, `_` and `-` are left out.
    """
    total = sum(file.changes for file in files)
    found = _folders(files, "")
    while found and found[0][1] > _LARGE * total:
        inner = _folders(files, f"{found[0][0]}/")
        if sum(changes for _, changes in inner) <= _LARGE * found[0][1]:
            break
        found = sorted([*found[1:], *inner], key=lambda pair: (-pair[1], pair[0]))
    return tuple(found[:MOST_FOLDERS])


def _folders(files: Sequence[Touched], within: str) -> list[tuple[str, int]]:
    """The folders directly in a folder (with a slash at the end, or empty), busiest first."""
    changes: dict[str, int] = {}
    start = within.encode()
    for file in files:
        if file.path.startswith(start):
            name, slash, _ = file.path[len(start) :].partition(b"/")
            if slash and _is_plain(name):
                folder = within + name.decode()
                changes[folder] = changes.get(folder, 0) + file.changes
    return sorted(changes.items(), key=lambda pair: (-pair[1], pair[0]))


def _is_plain(name: bytes) -> bool:
    return all(letter in b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-" for letter in name)
