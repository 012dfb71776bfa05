"""The policy as the oracle reads it: TOML by tomllib, kept as plain dictionaries; grants and ref rules by hand.

`problems` knows the schema well enough to tell the policies that `random_policy` makes, sound and spoilt, apart.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, NamedTuple

from tests.differential import rules_acceptance, rules_zones
from tests.differential.plumbing import Patterns
from tests.differential.rules_acceptance import KINDS

Table = dict[str, Any]

LANE_LISTS = ("owned_paths", "modify_paths", "read_paths", "out_of_scope")
TOP = {"version", "unowned", "max_active_lanes", "identity", "people", "roles", "lanes", "matrix", "refs", "zones"}
TOP |= rules_acceptance.TOP
LANE_TEXTS = {"role", "task", "objective", "branch", "subject_prefix"}
LANE_OTHER_LISTS = {"owners", "deliverables", "acceptance", "verification", "escalate_if"}
RECOGNISED_BY = {"pusher": ["pushers"], "signature": ["keys"], "either": ["pushers", "keys"]}
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class NotAPolicyError(Exception):
    """The text is not a valid policy; the message says why."""


class TooManyLanesError(NotAPolicyError):
    """More active lanes than max_active_lanes."""


class OverlapError(NotAPolicyError):
    """Two active lanes own a path."""


class RefMatch(NamedTuple):
    rule: Table
    lane: str | None


class Policy:
    """A valid policy, and the questions that a judgement asks of it."""

    def __init__(self, text: bytes, patterns: Patterns) -> None:
        """Raises NotAPolicyError."""
        try:
            self.table: Table = tomllib.loads(text.decode("utf-8"))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            raise NotAPolicyError(str(error)) from error
        found = problems(self.table) or rules_acceptance.problems(self.table, self._rule_in_table)
        if found:
            raise NotAPolicyError("; ".join(found))
        self.patterns = patterns
        self.identity: str = self.table["identity"]
        self.lanes: dict[str, Table] = self.table.get("lanes", {})
        self.matrix: list[Table] = self.table.get("matrix", [])
        self.refs: list[Table] = self.table.get("refs", [])
        self.zones: list[Table] = self.table.get("zones", [])
        self.people: dict[str, Table] = self.table.get("people", {})
        self.roles: dict[str, list[str]] = self.table.get("roles", {})
        self.self_accepts: bool = self.table.get("self_accept", False)
        self.by_pusher = self.identity in ("pusher", "either")
        self.by_signature = self.identity in ("signature", "either")

    def is_active(self, lane: str) -> bool:
        return lane in self.lanes and self.lanes[lane].get("state", "active") == "active"

    def has_too_many_active_lanes(self) -> bool:
        limit: int = self.table.get("max_active_lanes", 4)
        return sum(self.is_active(lane) for lane in self.lanes) > limit

    def person(self, pusher: str | None) -> str | None:
        """The person whom the server authenticated under this name."""
        return next((id for id, person in self.people.items() if pusher in person.get("pushers", [])), None)

    def allowed_signers(self) -> str:
        """The people's keys as an allowed signers file."""
        people = self.people.items()
        return "".join(f"{id} {line}\n" for id, person in people for line in person.get("keys", []))

    def allowed_writers(self) -> str:
        """The keys of people and servers as an allowed signers file."""
        servers = self.table.get("servers", {}).items()
        lines = [f"server:{id} {line}\n" for id, server in servers for line in server["keys"]]
        return self.allowed_signers() + "".join(lines)

    def holds(self, person: str | None, names: list[str]) -> bool:
        """Whether the person is one of the people, or holds one of the roles, named."""
        return person is not None and any(person == name or person in self.roles.get(name, []) for name in names)

    def owns(self, person: str | None, lane: str) -> bool:
        return person is not None and person in self.lanes[lane].get("owners", [])

    def grant(self, lane: str, path: bytes) -> str:
        """`out` (of scope), PRIMARY, MODIFY, READ or `-`."""
        is_out = self.patterns.in_list(self.lanes[lane].get("out_of_scope", []), path)
        return "out" if is_out else self.given(lane, path)

    def given(self, lane: str, path: bytes) -> str:
        """The grant, whether or not it is out of scope."""
        table = self.lanes[lane]
        rows = [row for row in self.matrix if lane in row["grants"] and self.patterns.matches(row["path"], path)]
        if rows:
            return str(rows[-1]["grants"][lane])
        for name, grant in (("owned_paths", "PRIMARY"), ("modify_paths", "MODIFY"), ("read_paths", "READ")):
            if self.patterns.in_list(table.get(name, []), path):
                return grant
        return "-"

    def zone(self, path: bytes) -> Table | None:
        """The last zone whose list holds the path."""
        held = [zone for zone in self.zones if self.patterns.in_list(zone["paths"], path)]
        return held[-1] if held else None

    def mode(self, path: bytes) -> str | None:
        """The mode of the zone that a path stands in."""
        zone = self.zone(path)
        return None if zone is None else str(zone["mode"])

    def asks_locks(self) -> bool:
        return any(zone["mode"] == rules_zones.HIGH_RISK for zone in self.zones)

    def is_owned(self, path: bytes) -> bool:
        return any(self.grant(lane, path) == "PRIMARY" for lane in self.lanes)

    def all_patterns(self) -> set[str]:
        lists = [lane.get(name, []) for lane in self.lanes.values() for name in LANE_LISTS]
        lists += [zone["paths"] for zone in self.zones]
        return {text.removeprefix("!") for texts in lists for text in texts} | {row["path"] for row in self.matrix}

    def prepare(self, paths: set[bytes]) -> None:
        """Ask git about these paths in one go for every pattern."""
        for pattern in sorted(self.all_patterns()):
            self.patterns.ask(pattern, paths - {b""})

    def ref_rule(self, ref: str) -> RefMatch | None:
        """The first rule whose name matches, with the lane that `{lane}` stands for."""
        return _first_match(self.table, ref)

    def _rule_in_table(self, ref: str) -> Table | None:
        match = _first_match(self.table, ref)
        return match.rule if match is not None else None

    def accepted_rule(self, ref: str) -> Table | None:
        """The rule of a ref where every new commit needs a verdict; None elsewhere."""
        match = self.ref_rule(ref)
        return match.rule if match is not None and match.rule.get("accepted", False) else None


def _first_match(table: Table, ref: str) -> RefMatch | None:
    if ref.startswith(("refs/replace/", "refs/lanegate/")):
        return None
    for rule in table.get("refs", []):
        if "{lane}" not in rule["name"]:
            if _ref_matches(rule["name"], ref):
                return RefMatch(rule, None)
            continue
        for lane in table.get("lanes", {}):
            if _ref_matches(rule["name"].replace("{lane}", "\0"), ref, lane):
                return RefMatch(rule, lane)
    return None


def _ref_matches(name: str, ref: str, lane: str = "") -> bool:
    words = {"**": ".*", "*": "[^/]*", "\0": re.escape(lane)}
    pattern = "".join(words.get(part) or re.escape(part) for part in re.split(r"(\*\*|\*|\0)", name))
    return re.fullmatch(pattern, ref, re.DOTALL) is not None


def problems(table: Table) -> list[str]:
    """Why a table is not a policy; empty when it is one."""
    found = [f"unknown key {key}" for key in table.keys() - TOP]
    found += [f"{key} is missing" for key in {"version", "identity"} - table.keys()]
    if found:
        return found
    if table["version"] != 1 or type(table["version"]) is not int:
        found.append("version is not 1")
    if table["identity"] not in ("none", *RECOGNISED_BY):
        found.append("identity is none of those there are")
    if table.get("unowned", "deny") not in ("deny", "allow"):
        found.append("unowned is not deny or allow")
    limit = table.get("max_active_lanes", 4)
    if type(limit) is not int or limit < 1:
        found.append("max_active_lanes is not a positive number")
    for key, kind in (("people", dict), ("roles", dict), ("lanes", dict), ("matrix", list), ("refs", list)):
        if not isinstance(table.get(key, kind()), kind):
            return [*found, f"{key} is no {kind.__name__}"]
    found += _people_problems(table) + _lane_problems(table) + _matrix_problems(table) + _ref_problems(table)
    return found or rules_zones.problems(table, is_in_dialect, RECOGNISED_BY.get(table["identity"], []))


def _people_problems(table: Table) -> list[str]:
    people = table.get("people", {})
    found = [f"person {id} has unknown keys" for id, person in people.items() if person.keys() - {"pushers", "keys"}]
    if table["identity"] == "none" and (table.get("roles") or any("pushers" in person for person in people.values())):
        found.append("nobody is proven to be anybody under identity none")
    has_keys = any(person.get("keys") for person in people.values())
    if has_keys and not rules_acceptance.asks_keys(table):
        found.append("keys that nobody asks for")
    named = [*people.items(), *((f"server:{id}", server) for id, server in table.get("servers", {}).items())]
    holders = {line.split(" ")[1]: id for id, one in named for line in one.get("keys", [])}
    if any(holders[line.split(" ")[1]] != id for id, one in named for line in one.get("keys", [])):
        found.append("a key of two people")
    for name, holders in table.get("roles", {}).items():
        if not _is_texts(holders):
            found.append(f"role {name} is no list of people")
        else:
            ways = ["pushers", "keys"]
            found += [f"role {name} names {one}" for one in holders if not is_recognised(table, one, ways)]
    return found


def _lane_problems(table: Table) -> list[str]:
    found: list[str] = []
    lanes = table.get("lanes", {})
    if len({id.casefold() for id in lanes}) != len(lanes):
        found.append("two lane ids differ in case only")
    for id, lane in lanes.items():
        lists = {*LANE_LISTS, *LANE_OTHER_LISTS}
        known = {*lists, *LANE_TEXTS, "kind", "state", *rules_acceptance.LANE}
        found += [f"lanes.{id}.{key} is unknown" for key in lane.keys() - known]
        if not ID.fullmatch(id):
            found.append(f"{id} is no lane id")
        if lane.get("kind", KINDS[0]) not in KINDS or lane.get("state", "active") not in ("planned", "active", "done"):
            found.append(f"lanes.{id}: kind or state")
        found += [f"lanes.{id}.{key} is no list" for key in lists if not _is_texts(lane.get(key, []))]
        found += [f"lanes.{id}.{key} is no text" for key in LANE_TEXTS if not isinstance(lane.get(key, ""), str)]
        if found:
            return found
        ways = RECOGNISED_BY.get(table["identity"], [])
        owners = lane.get("owners", []) if ways else []
        found += [f"lanes.{id}: nobody is {one}" for one in owners if not is_recognised(table, one, ways)]
        for key in LANE_LISTS:
            found += [f"lanes.{id}.{key}: {text}" for text in lane.get(key, []) if not is_in_dialect(text, "!")]
    return found


def _matrix_problems(table: Table) -> list[str]:
    found: list[str] = []
    paths = [row.get("path") for row in table.get("matrix", [])]
    found += [f"two rows for {path}" for path in paths if paths.count(path) > 1]
    for row in table.get("matrix", []):
        if row.keys() != {"path", "grants"} or not is_in_dialect(row["path"]):
            found.append(f"matrix row {row}")
            continue
        for lane, grant in row["grants"].items():
            if lane not in table.get("lanes", {}) or grant not in ("PRIMARY", "MODIFY", "READ", "-"):
                found.append(f"matrix grant {lane} {grant}")
    return found


def _ref_problems(table: Table) -> list[str]:
    found: list[str] = []
    for rule in table.get("refs", []):
        if "name" not in rule or rule.keys() - {"name", "pushers", "force", "delete"} - rules_acceptance.REF:
            found.append(f"ref rule {rule}")
            continue
        if not isinstance(rule["name"], str) or not rule["name"].startswith("refs/"):
            found.append(f"ref rule name {rule['name']}")
        found += [f"{key} is no boolean" for key in ("force", "delete") if not isinstance(rule.get(key, False), bool)]
        if "pushers" in rule:
            if table["identity"] == "none" or not _is_texts(rule["pushers"]):
                found.append(f"pushers of {rule['name']}")
                continue
            for name in rule["pushers"]:
                members = table.get("roles", {}).get(name, [name])
                if members and not any(is_recognised(table, member, ["pushers"]) for member in members):
                    found.append(f"nobody could push as {name}")
    return found


def is_recognised(table: Table, person: str, ways: list[str]) -> bool:
    """Whether somebody is a person of the policy who has a pusher name or a key, as `ways` says."""
    return any(table.get("people", {}).get(person, {}).get(way) for way in ways)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def is_in_dialect(pattern: str, prefix: str = "") -> bool:
    """Whether a pattern is anchored: by a slash at its start or in its middle, or by `**/`."""
    text = pattern.removeprefix(prefix) if prefix else pattern
    if not text or text.startswith("!") or "\\" in text or "//" in text or text == "/":
        return False
    return "/" in text.rstrip("/")
