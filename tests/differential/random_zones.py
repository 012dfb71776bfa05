"""What random policies say of zones: files that lanes share, add to, lock or leave alone.

`add` puts zones into the table of a valid policy, `changed` changes one thing of them, `spoilt` leaves one that no
policy may have.
"""

from __future__ import annotations

import copy
import random
from typing import Any

from tests.differential.rules_zones import APPEND_ONLY, FROZEN, HIGH_RISK, SHARED
from tests.differential.signers import key_line

Table = dict[str, Any]

LISTS = (
    ["/src/app.py"],
    ["/README.md", "/Makefile"],
    ["/src/shared/"],
    ["/src/ui/theme/", "/src/core/theme/"],
    ["**/c.md"],
    ["**/*.md", "!/docs/"],
    ["/src/*/b.py", "!/src/core/b.py"],
    ["**/log"],
    ["/docs/**"],
    ["src/?i/*.py"],
    ["/ops/", "!/ops/theme/", "/ops/theme/deep/"],
    ["**/Makefile", "/src/app.py"],
)
OWN = ["/policy/lanegate.toml"]
MODES = (HIGH_RISK,) * 7 + (APPEND_ONLY,) * 4 + (SHARED,) * 2 + (FROZEN,)
WAYS = {"pusher": ("pushers",), "signature": ("keys",), "either": ("pushers", "keys")}


def add(rng: random.Random, table: Table) -> None:
    """Some zones, mostly with a list of their own each; the policy's own file is seldom in one, and never stuck."""
    lists = rng.sample(LISTS, rng.choice([1, 1, 2, 2, 3, 4]))
    table["zones"] = [zone(rng, table, paths) for paths in sorted(lists, key=is_plain)]
    if table["identity"] == "pusher" and any(one["mode"] == HIGH_RISK for one in table["zones"]):
        for id, person in table["people"].items():  # whoever takes a lock signs a record
            if rng.random() < 0.9:
                person.setdefault("keys", [key_line(id)])
    if rng.random() < 0.15:
        own: Table = {"paths": [*OWN], "mode": rng.choice([HIGH_RISK, SHARED])}
        if table["identity"] != "none" and rng.random() < 0.5:
            own["roles"] = ["maintainer"]
        table["zones"].append(own)


def zone(rng: random.Random, table: Table, paths: list[str]) -> Table:
    made: Table = {"paths": [*paths], "mode": rng.choice(MODES)}
    roles = writing_roles(table)
    if roles and made["mode"] != FROZEN and rng.random() < 0.25:
        made["roles"] = rng.sample(roles, rng.randint(1, min(2, len(roles))))
    return made


def is_plain(paths: list[str]) -> bool:
    """Whether a list has no `!`. Those that have come first: what a lane may lock is not decided exactly where a later
    one takes paths from a zone that is open to all (lanegate/core/lane_lists.py)."""
    return not any(text.startswith("!") for text in paths)


def writing_roles(table: Table) -> list[str]:
    """The roles that somebody holds who can be recognised."""
    ways = WAYS.get(table["identity"], ())
    roles: dict[str, list[str]] = table.get("roles", {})
    return [role for role, ids in roles.items() if any(table["people"][id].get(way) for id in ids for way in ways)]


def changed(rng: random.Random, table: Table) -> None:
    """One zone more, less or of another mode."""
    zones = table.setdefault("zones", [])
    free = [paths for paths in LISTS if paths not in [one["paths"] for one in zones]]
    if not zones or rng.random() < 0.4:
        zones.append(zone(rng, table, rng.choice(free)))
        zones.sort(key=lambda one: is_plain(one["paths"]))
    elif rng.random() < 0.5:
        zones.pop(rng.randrange(len(zones)))
    else:
        place = rng.randrange(len(zones))
        zones[place] = zone(rng, table, zones[place]["paths"])


def spoilt(rng: random.Random, table: Table) -> None:
    """A zone that makes the table none."""
    zones = table.setdefault("zones", [])
    bad: list[Table] = [
        {"paths": ["/x/"], "mode": "low-risk"},
        {"paths": [], "mode": SHARED},
        {"paths": ["!/x/"], "mode": SHARED},
        {"paths": ["x"], "mode": FROZEN},
        {"mode": FROZEN},
        {"paths": ["/x/"]},
        {"paths": "/x/", "mode": SHARED},
        {"paths": ["/x/"], "mode": SHARED, "roles": ["nobody"]},
        {"paths": ["/x/"], "mode": FROZEN, "roles": ["maintainer"]},
        {"paths": ["/x/"], "mode": SHARED, "lanes": ["core"]},
        {"paths": ["/policy/"], "mode": FROZEN},
        *[copy.deepcopy(one) for one in zones[:1]],
    ]
    zones.append(rng.choice(bad))
