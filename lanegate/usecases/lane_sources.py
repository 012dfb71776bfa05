"""Where `lanegate init` finds lanes: other lane tools' files, CODEOWNERS, task files, or folders and history (R-A03).

Each source is read as HEAD holds it and says what it could not take over. All of them end as claims in an order
(`core/claims.py`), so that no two lanes own one path.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from lanegate.core.claims import Claim, owned_lists, spread_claims
from lanegate.core.codeowners import lane_id, lane_names, owners_claims, read_codeowners
from lanegate.core.draft_policy import DraftLane, busy_folders
from lanegate.core.lane_tables import TableError, from_the_top, read_task, read_trees
from lanegate.core.lanekeeper import MOST_LETTERS, KeptLane, kept_claims, read_lanekeeper
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.run import Git
from lanegate.git.touches import read_touches

#: Where GitHub looks, in its order, and GitLab besides.
CODEOWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
DOS_TOML = "dos.toml"
LANEKEEPER = ".lanekeeper/config.yaml"
#: Task files that are read: more lanes than this at once nobody leads.
MOST_TASKS = 500


class Proposal(NamedTuple):
    """lanes: in the order of their source. source: its name in words. notes: what was not taken over, or not whole."""

    source: str
    lanes: tuple[DraftLane, ...]
    notes: tuple[str, ...] = ()


def from_codeowners(git: Git, head: str) -> Proposal | None:
    """A lane for each set of owners; the last line that matches decides. Raises GitError."""
    for place in CODEOWNERS:
        text = _text(git, head, place)
        if text is not None:
            break
    else:
        return None
    rules, untold = read_codeowners(text)
    owners = {lane: names for names, lane in lane_names(rules).items()}
    claims, inexact = owners_claims(rules)
    notes = [f"{place}:{one.line}: `{one.text}` is not taken over: {one.why}" for one in untold]
    notes += [f"{place}:{one.line}: {one.text}: {one.why}" for one in inexact]
    return _proposal(place, claims, notes, owners)


def from_lanekeeper(git: Git, head: str) -> Proposal | None:
    """The lanes of lanekeeper's policy; where several allow a path, the pattern with more names has it. Raises
    GitError."""
    status, size, _ = git.outcome("cat-file", "-s", f"{head}:{LANEKEEPER}")
    if status != 0:
        return None
    try:
        if int(size) > 4 * MOST_LETTERS:
            raise TableError(f"longer than {MOST_LETTERS} letters")
        kept = read_lanekeeper(_text(git, head, LANEKEEPER) or "")
    except TableError as error:
        return Proposal(LANEKEEPER, (), (f"{LANEKEEPER}: not taken over: {error}",))
    if kept is None:
        return None
    claims, lost = spread_claims(kept_claims(kept.lanes))
    notes = [f"{LANEKEEPER}: {why}" for why in kept.untold]
    notes += [
        f"{LANEKEEPER}: lane {lane.id} is shared there, so it has no agent: give it to whoever may change it"
        for lane in kept.lanes
        if lane.is_shared
    ]
    notes += [
        f"{LANEKEEPER}: what {pattern} gives below a pattern that ends in /* is left to nobody" for _, pattern in lost
    ]
    found = _proposal(LANEKEEPER, claims, notes, {lane.id: lane.owners for lane in kept.lanes})
    both = _contested(kept.lanes, found.lanes)
    more = f"{LANEKEEPER}: other lanes may change these too there, here the more specific pattern has them: {both}"
    return found._replace(notes=(*found.notes, more)) if both else found


def _contested(kept: tuple[KeptLane, ...], lanes: tuple[DraftLane, ...]) -> str:
    """What was taken from lanes that lanekeeper would let change it, as text; empty where nothing was."""
    allowed = {pattern for lane in kept if not lane.is_shared for pattern, _ in lane.allow}
    denied = {lane.id: {pattern for pattern, _ in lane.deny} for lane in kept}
    taken = {
        pattern[1:]: None
        for lane in lanes
        for pattern in lane.owned_paths
        if pattern.startswith("!") and pattern[1:] in allowed - denied[lane.id]
    }
    return " ".join(taken)


def from_tasks(git: Git, head: str) -> Proposal | None:
    """A lane for each task file that names its `owned_paths` and is not over. Raises GitError."""
    listed = git.output(
        *("grep", "--no-color", "-I", "-l", "-z", "-e", "^owned_paths:", head, "--"),
        *("*.md", "*.markdown", "*.yml", "*.yaml"),
        accept=(0, 1),
    )
    places = [name.partition(b":")[2] for name in listed.split(b"\0")[:-1]]
    notes = [f"only the first {MOST_TASKS} task files were read"] if len(places) > MOST_TASKS else []
    claims: list[Claim] = []
    taken: list[str] = []
    for path in places[:MOST_TASKS]:
        place = os.fsdecode(path)
        try:
            task = read_task(_text(git, head, place) or "", is_yaml=place.endswith((".yml", ".yaml")))
            if task is None:
                continue
            if task.is_over:
                notes.append(f"{place}: its status says that it is over, so it gets no lane")
                continue
            patterns = [from_the_top(written) for written in task.paths]
        except TableError as error:
            notes.append(f"{place}: not taken over: {error}")
            continue
        lane = lane_id(task.name or place.rpartition("/")[2].rpartition(".")[0], taken)
        taken.append(lane)
        claims += [Claim(pattern, lane) for pattern in patterns]
    return _proposal("owned_paths in task files", claims, notes) if claims or notes else None


def from_dos_toml(git: Git, head: str) -> Proposal | None:
    """The lanes of a dos.toml (dos-kernel): those that run alone own what the others leave. Raises GitError."""
    text = _text(git, head, DOS_TOML)
    if text is None:
        return None
    try:
        trees = read_trees(text)
    except TableError as error:
        return Proposal(DOS_TOML, (), (f"{DOS_TOML}: {error}",))
    if trees is None:
        return None
    notes = [f"{DOS_TOML}: {name} runs alone there; here it owns what no other lane does" for name in trees.alone]
    claims: list[Claim] = []
    taken: list[str] = []
    for name, paths in trees.lanes:
        lane = lane_id(name, taken)
        taken.append(lane)
        for path in paths:
            try:
                claims.append(Claim(from_the_top(path), lane))
            except TableError as error:
                notes.append(f"{DOS_TOML}: lane {name}: not taken over: {error}")
    return _proposal(DOS_TOML, claims, notes)


def from_history(git: Git, head: str | None) -> Proposal:
    """The folders that change most, each a lane, and one for all the rest. Raises GitError."""
    touches = read_touches(git, head, is_sized=False) if head is not None else None
    folders = busy_folders(touches.files) if touches is not None else ()
    claims = [Claim("/**", "rest")]
    notes: dict[str, str] = {"rest": "Everything else."}
    for folder, changes in sorted(folders):
        lane = lane_id(folder.replace("/", "-"), notes)
        claims.append(Claim(f"/{folder}/", lane))
        notes[lane] = f"Changed {changes} times so far, counted by file."
    lanes = tuple(DraftLane(lane, owned, (), notes[lane]) for lane, owned in owned_lists(claims).items())
    return Proposal("the folders that change most", lanes)


#: By the names of `--from`, in the order in which they are tried.
#: lanekeeper's comes first since it writes a CODEOWNERS too, from the same lanes.
SOURCES: Mapping[str, Callable[[Git, str], Proposal | None]] = {
    "lanekeeper": from_lanekeeper,
    "codeowners": from_codeowners,
    "front-matter": from_tasks,
    "dos-kernel": from_dos_toml,
    "history": from_history,
}


def _proposal(
    source: str, claims: tuple[Claim, ...] | list[Claim], notes: list[str], owners: Mapping[str, tuple[str, ...]] = {}
) -> Proposal:
    lists = owned_lists(claims)
    notes += [
        f"lane {lane} is left out: later entries take all that it owns" for lane, owned in lists.items() if not owned
    ]
    lanes = tuple(DraftLane(lane, owned, owners.get(lane, ())) for lane, owned in lists.items() if owned)
    return Proposal(source, lanes, tuple(notes))


def _text(git: Git, head: str, path: str) -> str | None:
    """A file of a commit, bytes that are not UTF-8 as surrogates; None where it holds none of that name. Raises
    GitError."""
    status, content, _ = git.outcome("cat-file", "blob", f"{head}:{path}")
    return content.decode("utf-8", "surrogateescape") if status == 0 else None
