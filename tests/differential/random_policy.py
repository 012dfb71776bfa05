"""Random policies as plain tables, and their TOML text.

Few lanes over a small project, so that random edits often land near a border: negated lists, files shared by MODIFY,
matrix rows that overrule lists, wildcard spellings of one folder. `changed` makes the next version of a policy,
`spoilt` a text that is no policy.
"""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from tests.differential import random_acceptance, random_zones
from tests.differential.ground import FOLDERS
from tests.differential.signers import key_line

Table = dict[str, Any]

PEOPLE = ("ana", "bob", "cy", "dee")
LANE_REFS = ("refs/heads/lane/{lane}", "refs/heads/w-{lane}", "refs/heads/{lane}/*")
#: What one lane owns beside its folder, and others might too.
OWNED_BY_SEVERAL = ("/src/shared/", "**/Makefile")
SHARED = ("/src/app.py", "/README.md", "/src/shared/", "/src/**/*.rst", "/Makefile")


def random_policy(rng: random.Random) -> Table:
    """A valid policy. The lane `core` always holds the policy file, ana may always push and maintain."""
    identity = rng.choice(["none", "pusher", "pusher", "signature", "signature", "either"])
    ids = ["core", *rng.sample([id for id in FOLDERS if id != "core"], rng.randint(1, 4))]
    lanes = {id: _lane(rng, id) for id in ids}
    lanes["core"]["owned_paths"].append("/policy/")
    lanes["core"]["state"] = "active"
    if identity in ("signature", "either") and "ana" not in lanes["core"]["owners"]:
        lanes["core"]["owners"].append("ana")  # whoever signs a change of the policy owns its lane and maintains
    table: Table = {"version": 1, "identity": identity, "max_active_lanes": rng.choice([len(ids), len(ids) + 2, 9])}
    if rng.random() < 0.8:
        table["unowned"] = rng.choice(["deny", "deny", "allow"])
    table["people"] = {id: {} for id in PEOPLE}
    if identity != "none":
        table["people"] = {id: _person(rng, id, identity) for id in PEOPLE}
        table["roles"] = {"maintainer": ["ana"], "integrator": rng.choice([["ana"], ["ana", "bob"]])}
    table["lanes"] = lanes
    for _ in range(rng.randint(0, 3)):
        _add_row(rng, table)
    _take_apart(table)
    table["refs"] = _refs(rng, identity, table["people"])
    if rng.random() < 0.5:
        random_acceptance.add(rng, table)
    if rng.random() < 0.6:
        random_zones.add(rng, table)
    return table


def _person(rng: random.Random, id: str, identity: str) -> Table:
    """Somebody who can be recognised; ana by every way there is."""
    person: Table = {}
    ways = {"pusher": ["pushers"], "signature": ["keys"], "either": rng.choice([["keys"], ["pushers"]])}[identity]
    if id == "ana" or "pushers" in ways or rng.random() < 0.8:
        person["pushers"] = [id, f"{id}-2"] if id == "bob" else [id]
    if identity != "pusher" and (id == "ana" or "keys" in ways or rng.random() < 0.8):
        person["keys"] = [key_line(id), key_line(f"{id}-2")] if id == "bob" else [key_line(id)]
    return person


def _lane(rng: random.Random, id: str) -> Table:
    folder = FOLDERS[id]
    last = folder.rpartition("/")[2]
    spelt = folder.removesuffix(last) + rng.choice(
        [last, last, last, last[:-1] + "?", f"[{last[0]}-{last[0]}]{last[1:]}"]
    )
    lane: Table = {"owners": rng.sample(PEOPLE, rng.choice([1, 1, 2]))}
    lane["owned_paths"] = [rng.choice([f"/{spelt}/", f"/{spelt}/", f"{spelt}/**", f"/{spelt}"])]
    if rng.random() < 0.6:
        lane["owned_paths"] += rng.choice(
            [
                [f"!/{folder}/theme/"],
                [f"!/{folder}/*.md"],
                [f"!/{folder}/theme/", f"/{folder}/theme/*.css"],
                [f"!/{folder}/**/deep/", f"{folder}/theme/deep/keep.py"],
                *([text] for text in OWNED_BY_SEVERAL),
            ]
        )
    others = [f"/{other}/" for other in FOLDERS.values() if other != folder] + list(SHARED)
    for key, chance in (("modify_paths", 0.6), ("read_paths", 0.7)):
        if rng.random() < chance:
            lane[key] = rng.sample(others, rng.randint(1, 2)) + rng.choice([[], [], ["!/src/core/theme/"]])
    if rng.random() < 0.4:
        lane["out_of_scope"] = [rng.choice([f"/{folder}/vendor/", "**/secret/", f"/{folder}/*.bin", "/src/app.py"])]
    if rng.random() < 0.3:
        lane["state"] = rng.choice(["done", "planned", "active", "active"])
    if rng.random() < 0.4:
        lane["task"] = f"T-{rng.randint(1, 9)}"
    if rng.random() < 0.35:
        lane["subject_prefix"] = rng.choice(["[W1]", "ui:"])
    if rng.random() < 0.2:
        lane["kind"] = "quality"
    return lane


def _add_row(rng: random.Random, table: Table) -> None:
    folder = rng.choice(list(FOLDERS.values()))
    path = rng.choice(
        [f"/{folder}/a.py", f"/{folder}/*.py", f"/{folder}/theme/", "/src/app.py", "/src/*/b.py", "**/c.md"]
    )
    ids = list(table["lanes"])
    row = {id: rng.choice(["PRIMARY", "MODIFY", "READ", "-"]) for id in rng.sample(ids, rng.randint(1, len(ids)))}
    if path not in [old["path"] for old in table.get("matrix", [])]:
        table.setdefault("matrix", []).append({"path": path, "grants": row})


def _refs(rng: random.Random, identity: str, people: Table) -> list[Table]:
    rules: list[Table] = [{"name": "refs/heads/main"}, {"name": rng.choice(LANE_REFS)}, {"name": "refs/heads/wip/*"}]
    rules.append({"name": rng.choice(["refs/tags/*", "refs/tags/**"])})
    if rng.random() < 0.4:
        rules.append({"name": "refs/custom/**"})
    if rng.random() < 0.2:
        rules.append({"name": "refs/heads/**"})
    if rng.random() < 0.1:
        rules.append({"name": "refs/**"})
    for rule in rules[1:]:
        for key in ("force", "delete"):
            if rng.random() < 0.5:
                rule[key] = rng.random() < 0.8
    if identity != "none":
        named = [["integrator"], ["ana", "bob"], ["maintainer", "cy"]]
        able = [names for names in named if all("pushers" in people.get(name, {"pushers": ()}) for name in names)]
        often, seldom = (0.2, 0.07) if identity == "signature" else (0.7, 0.15)
        for rule in rules:
            if rng.random() < (often if rule["name"] == "refs/heads/main" else seldom):
                rule["pushers"] = rng.choice(able)
    return rules


def changed(rng: random.Random, table: Table) -> Table:
    """The next version: one thing of a valid policy changed, almost always still valid."""
    new = copy.deepcopy(table)
    lane = new["lanes"][rng.choice(list(new["lanes"]))]
    if new["identity"] in ("signature", "either") and rng.random() < 0.5:
        _other_keys(rng, new["people"])
        return new
    if any(rule.get("accepted") for rule in new["refs"]) and rng.random() < 0.5:
        random_acceptance.changed(rng, new)
        return new
    if rng.random() < 0.08:
        folder = rng.choice(list(FOLDERS.values()))
        more = [f"/{folder}/theme/", f"/{folder}/theme/*.css", f"/{folder}/*.md", "/src/*/b.py", "**/keep.py"]
        lane["owned_paths"].append(rng.choice(more))  # perhaps another lane's
        return new
    match rng.randint(0, 7):
        case 7:
            random_zones.changed(rng, new)
        case 0:
            lane["read_paths"] = ["/src/core/", f"/new{rng.randint(0, 99)}/"]
        case 1:
            lane["modify_paths"] = ["/README.md", f"/src/m{rng.randint(0, 99)}.py"]
        case 2:
            lane["owners"] = rng.sample(PEOPLE, 2)
        case 3:
            lane["state"] = rng.choice(["done", "active", "planned"])
        case 4:
            new["unowned"] = "allow" if new.get("unowned", "deny") == "deny" else "deny"
        case 5:
            new["max_active_lanes"] = rng.randint(1, 6)
        case 6:
            _add_row(rng, new)
    if rng.random() < 0.9:
        _take_apart(new)
    return new


def _take_apart(table: Table) -> None:
    """Mend what active lanes would both own, as a person would: by a `!` pattern, or by a grant in the matrix row."""
    lanes = {id: lane for id, lane in table["lanes"].items() if lane.get("state", "active") == "active"}
    for text in OWNED_BY_SEVERAL:
        holders = [id for id, lane in lanes.items() if text in lane["owned_paths"]]
        holders = [id for id in holders if f"!{text}" not in lanes[id]["owned_paths"]]
        others = [id for id in (lanes if "**" in text else holders) if holders and id != holders[0]]
        for id in others:
            if f"!{text}" not in lanes[id]["owned_paths"]:
                lanes[id]["owned_paths"].append(f"!{text}")
    for row in table.get("matrix", []):
        owners = [id for id in lanes if row["grants"].get(id) == "PRIMARY"]
        for id in lanes if owners else []:
            if id != owners[0] and row["grants"].get(id, "PRIMARY") == "PRIMARY":
                row["grants"][id] = "MODIFY"


def _other_keys(rng: random.Random, people: Table) -> None:
    """Somebody gets a new key, seldom somebody else's or none."""
    id = rng.choice(PEOPLE)
    name = rng.choice([f"{id}-{rng.randint(2, 4)}"] * 4 + [id, rng.choice(PEOPLE)])
    people[id]["keys"] = rng.choice([[key_line(name)], [key_line(name), key_line(f"{id}-9")], [key_line(name)], []])


def spoilt(rng: random.Random, table: Table) -> str:
    """A text that is no policy, or one under which nobody may push the trusted ref."""
    new = copy.deepcopy(table)
    lane = new["lanes"][rng.choice(list(new["lanes"]))]
    match rng.randint(0, 10):
        case 0:
            lane["owned_path"] = ["/x/"]
        case 1:
            lane["owned_paths"] = ["tests"]
        case 2:
            lane["owned_paths"] = "/x/"
        case 3:
            new["version"] = 2
        case 4:
            new["refs"] = [rule for rule in new["refs"] if rule["name"].startswith("refs/tags/")]
        case 5:
            new["lanes"]["CORE"] = {"owners": [], "owned_paths": ["/x/"]}
        case 6:
            lane["owners"] = ["nobody"]
        case 7:
            return to_toml(new) + "[people\n"
        case 8:
            del new["identity"]
        case 9:
            random_zones.spoilt(rng, new)
        case 10:
            for one in new["lanes"].values():  # perhaps only one of them is active
                one["owned_paths"].append("/two-owners/")
    return to_toml(new)


def to_toml(table: Table) -> str:
    """TOML text of a policy table."""
    lines = [f"{key} = {_value(value)}" for key, value in table.items() if not isinstance(value, dict | list)]
    for key in ("people", "servers", "gates", "lanes"):
        for id, part in table.get(key, {}).items():
            lines += [f"[{key}.{json.dumps(id)}]", *(f"{name} = {_value(value)}" for name, value in part.items())]
    lines += (
        ["[roles]", *(f"{name} = {_value(value)}" for name, value in table["roles"].items())]
        if "roles" in table
        else []
    )
    for key in ("matrix", "refs", "zones"):
        for row in table.get(key, []):
            lines += [f"[[{key}]]", *(f"{name} = {_value(value)}" for name, value in row.items())]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_value(part)}" for key, part in value.items()) + " }"
    return json.dumps(value)
