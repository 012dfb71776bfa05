"""Ground that lists of patterns are compared on: paths enough for the lists that random histories and tests make.

Whether two lists have a path in common is asked of every path here and of samples of their own patterns, one by one.
That decides it for plain lists, such as random_policy.py, random_zones.py and lockers.py make; not for any list.
"""

from __future__ import annotations

from tests.differential.plumbing import Patterns
from tests.differential.rules import Policy
from tests.differential.rules_zones import OPEN

#: Lane ids and the folder that each lives in. The ids try dots, dashes and letters of either case.
FOLDERS = {"ui": "src/ui", "core": "src/core", "docs": "docs", "data.x": "data", "Ops-1": "ops"}
NAMES = ("q", "a.py", "ab.py", "b.py", "q.py", "c.md", "q.md", "d.bin", "x.rst", "q.css", "Makefile", "log", "app.py")
#: What is matched at any depth.
ENDS = ("b.py", "c.md", "Makefile", "keep.py")
BELOW = ("", "theme/", "theme/deep/", "vendor/", "secret/", "q/")
FILES = ("theme/dark.css", "theme/deep/keep.py", "vendor/v.js", "new.py", "s.py", "q/q/q")
#: Below what is mostly a file, where a pattern that matches it holds all the same.
UNDER = [f"{file}/{name}" for file in ("a.py", "ab.py", "q.md", "theme/q.css", "Makefile") for name in ENDS]
ROOTS = ("", "src/", "src/shared/", "src/q/", "policy/", *(f"{folder}/" for folder in FOLDERS.values()))
TAILS = (*(below + name for below in BELOW for name in NAMES), *FILES)
ALL = [
    *(root + tail for root in ROOTS for tail in TAILS),
    *(f"{one}/{end}" for one in FOLDERS.values() for end in UNDER),
]
PATHS = frozenset(path.encode() for path in [*ALL, "README.md", "policy/lanegate.toml"])


def samples(pattern: str) -> set[bytes]:
    """Some paths that a pattern matches, or nearly."""
    text, found = pattern.removeprefix("!").strip("/"), set[bytes]()
    for star, stars in (("", ""), ("q", "q"), ("q", "q/q")):
        made = text.replace("**/", f"{stars}/" if stars else "").replace("**", stars or "q").replace("*", star)
        made = "".join(_classless(made.replace("?", "q")))
        if made and all(name not in ("", ".", "..") for name in made.split("/")):
            found |= {made.encode(), made.encode() + b"/q"}
    return found


def _classless(text: str) -> list[str]:
    """The text with each class replaced by its first letter, in parts."""
    first, *rest = text.split("[")
    return [first, *(part[0] + part.partition("]")[2] for part in rest)]


def ground(*lists: list[str]) -> set[bytes]:
    return set(PATHS).union(*(samples(text) for texts in lists for text in texts))


def crossed(one: list[str], other: list[str]) -> set[bytes]:
    """Paths on which two lists could meet below what either names: one's sample, then the end of the other's."""
    sides = [set[bytes]().union(*(samples(text) for text in texts)) for texts in (one, other)]
    pairs = [(a, b) for firsts, ends in (sides, sides[::-1]) for a in firsts for b in ends]
    return {a + b"/" + b"/".join(b.split(b"/")[at:]) for a, b in pairs for at in range(b.count(b"/") + 1)}


def inside(patterns: Patterns, texts: list[str], paths: set[bytes]) -> set[bytes]:
    """The paths that a list holds, asked of git in one go for each of its patterns."""
    for text in texts:
        patterns.ask(text.removeprefix("!"), paths)
    return {path for path in paths if patterns.in_list(texts, path)}


def meet(policy: Policy, one: list[str], other: list[str]) -> bool:
    """Whether some path is in both lists."""
    for paths in (ground(one, other), crossed(one, other)):
        if inside(policy.patterns, one, paths) & inside(policy.patterns, other, paths):
            return True
    return False


def may_be_worked_on(policy: Policy, lane: str, scope: list[str]) -> bool:
    """Whether a lane may change some path that a scope covers, as far as that is asked."""
    if policy.table.get("unowned", "deny") == "allow":
        return True
    table = policy.lanes[lane]
    texts = [*table.get("owned_paths", []), *table.get("modify_paths", [])]
    texts += [row["path"] for row in policy.matrix if lane in row["grants"]]
    texts += [text for zone in policy.zones if zone["mode"] in OPEN for text in zone["paths"]]
    for paths in (ground(scope, texts), crossed(scope, texts)):
        covered = inside(policy.patterns, scope, paths)
        policy.prepare(covered)
        if any(_may_change(policy, lane, path) for path in covered):
            return True
    return False


def _may_change(policy: Policy, lane: str, path: bytes) -> bool:
    """As far as a lock asks: what takes a path away, out of scope or a later zone, counts only if it holds no `!`."""
    zones = [zone for zone in policy.zones if policy.patterns.in_list(zone["paths"], path)]
    plain = [at for at, zone in enumerate(zones) if _is_plain(zone["paths"])]
    is_open = any(zone["mode"] in OPEN for zone in zones[max(plain, default=0) :])
    out = policy.lanes[lane].get("out_of_scope", [])
    if _is_plain(out) and policy.patterns.in_list(out, path):
        return False
    return is_open or policy.given(lane, path) in ("PRIMARY", "MODIFY")


def _is_plain(texts: list[str]) -> bool:
    return not any(text.startswith("!") for text in texts)


def owned_twice(policy: Policy) -> bytes | None:
    """A path that two active lanes own."""
    lists = [lane.get("owned_paths", []) for lane in policy.lanes.values()]
    paths = ground(*lists, [row["path"] for row in policy.matrix])
    policy.prepare(paths)
    active = [lane for lane in policy.lanes if policy.is_active(lane)]
    for path in sorted(paths) if len(active) > 1 else []:
        if sum(policy.grant(lane, path) == "PRIMARY" for lane in active) > 1:
            return path
    return None
