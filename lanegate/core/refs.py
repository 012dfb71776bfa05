"""Which rule of the policy a ref falls under (docs/judgement.md, "A ref update").

Rules: the first rule whose name matches wins. `*` is any number of characters within one segment, `**` any number of
characters, `{lane}` exactly the id of a lane of the policy. Nothing below refs/replace/ or refs/lanegate/ is ever
matched, however it is cased, since a file system without case would take it for the same ref; nor is a name longer
than MAX_REF, which no file system holds.

A name is matched by stepping through the ref once with the set of reachable positions as the bits of a number, so time
is linear in the ref whatever wildcards the name holds; no regular expression, no backtracking. What `{lane}` stands for
must be plain from the ref alone, which `name_problem` sees to when a policy loads.
"""

from __future__ import annotations

from lanegate.core.policy import Policy, RefRule

LANE = "{lane}"
LEDGER_REF = "refs/lanegate/ledger"
LOCKS_REF = "refs/lanegate/locks"
BUILT_IN = ("refs/replace", "refs/lanegate")
MAX_REF = 1_024
_ACROSS = "\0"  # stands for `**` while matching; no ref holds NUL
_FORBIDDEN = frozenset(" ~^:?[\\")


def match_ref(policy: Policy, ref: str) -> tuple[RefRule, str | None] | None:
    """The first rule that names `ref` (a full name) and, for a `{lane}` rule, the lane's id. None: no rule names it."""
    if len(ref) > MAX_REF or is_built_in(ref):
        return None
    for rule in policy.refs:
        if LANE in rule.name:
            lane = _lane_in(rule.name, ref)
            if lane in policy.lanes and matches(rule.name.replace(LANE, lane), ref):
                return rule, lane
        elif matches(rule.name, ref):
            return rule, None
    return None


def is_built_in(ref: str) -> bool:
    """Whether a ref belongs to git's replacements or to lanegate's own records, for which no policy makes rules."""
    folded = ref.casefold()
    return folded.startswith(tuple(f"{name}/" for name in BUILT_IN)) or folded in BUILT_IN


def matches(name: str, ref: str) -> bool:
    """Whether `ref` is one of those that `name` (with `*` and `**`, without `{lane}`) stands for."""
    fixed, star, rest = name.partition("*")
    if not star:
        return name == ref
    if not ref.startswith(fixed):
        return False
    return _step_through(star + rest, ref[len(fixed) :])


def name_problem(name: str, *, wildcards: bool = True) -> str | None:
    """Why a rule cannot have this name, None if it can (git-check-ref-format(1), and what `{lane}` needs).

    wildcards: False for the name of one ref, in which `*` and braces are refused.
    """
    if wildcards:
        wrong = _wildcard_problem(name)
        if wrong:
            return wrong
        name = name.replace(LANE, "lane")
    elif "*" in name:
        return "`*` is not allowed in the name of a single ref"
    for why, found in (
        ("a segment is empty", "//" in name or name.startswith("/") or name.endswith("/") or "/" not in name),
        ("a segment starts with a dot", name.startswith(".") or "/." in name),
        ("a segment ends with .lock", any(part.endswith(".lock") for part in name.split("/"))),
        ("`..` is not allowed", ".." in name),
        ("`@{` is not allowed", "@{" in name),
        ("the name ends with a dot", name.endswith(".")),
        ("control characters, space and any of ~ ^ : ? [ \\ are not allowed", not _legal(name)),
    ):
        if found:
            return f"git knows no such ref: {why}"
    return None


def _wildcard_problem(name: str) -> str | None:
    if is_built_in(name):
        return "the rules of refs/replace/ and refs/lanegate/ are built in"
    if "***" in name:
        return "`*` is one segment, `**` any number: `***` is neither"
    bare = name.replace(LANE, "")
    if name.count(LANE) > 1:
        return "`{lane}` may stand only once"
    if "{" in bare or "}" in bare:
        return "the only braces allowed are `{lane}`"
    if LANE not in name:
        return None
    before, after = name.split(LANE)
    if "*" in before.rsplit("/", 1)[-1] + after.split("/", 1)[0]:
        return "`*` beside `{lane}` in one segment leaves open which lane is meant"
    if "**" in before and "**" in after:
        return "`**` on both sides of `{lane}` leaves open which lane is meant"
    return None


def _legal(name: str) -> bool:
    return all(character > " " and character != "\x7f" for character in name) and _FORBIDDEN.isdisjoint(name)


def _lane_in(name: str, ref: str) -> str:
    """What `{lane}` would have to be in `ref`, if the rule matches at all; empty where it cannot be anything."""
    before, after = name.split(LANE)
    segments = ref.split("/")
    index = -1 - after.count("/") if "**" in before else before.count("/")
    if not -len(segments) <= index < len(segments):
        return ""
    segment = segments[index]
    start, end = before.rsplit("/", 1)[-1], after.split("/", 1)[0]
    return segment[len(start) : len(segment) - len(end)]


def _step_through(name: str, text: str) -> bool:
    """Match with a set of positions in `name`, a bit each: bit i is set when name[:i] can stand for what was read."""
    pieces = name.replace("**", _ACROSS)
    places = {piece: _places(piece, pieces) for piece in set(pieces)}
    across = places.get(_ACROSS, 0)
    stars = across | places.get("*", 0)
    states = 1 | (1 & stars) << 1
    for character in text:
        stay = across if character == "/" else stars
        states = (states & places.get(character, 0)) << 1 | (states & stay)
        states |= (states & stars) << 1
        if not states:
            return False
    return bool(states >> len(pieces) & 1)


def _places(piece: str, pieces: str) -> int:
    return sum(1 << index for index, other in enumerate(pieces) if other == piece)
