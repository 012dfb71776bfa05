"""What random policies ask of acceptance: who accepts, for which refs, after which gates, in which order.

`add` puts it into the table of a valid policy, `changed` changes one thing of it.
"""

from __future__ import annotations

import random
from typing import Any

from tests.differential.signers import key_line

Table = dict[str, Any]

GATES = {"quick": {"rung": 1, "run": ["true"]}, "full": {"rung": 2, "run": ["make check", "make lint"]}}
ORDER = ("requirements", "implementation", "quality", "operations")
RELEASE = "refs/heads/release/"
SERVER_KEY = "server-main"


def add(rng: random.Random, table: Table) -> None:
    """Main asks for verdicts, often release branches too. ana's changes of the policy can be accepted by somebody."""
    if rng.random() < 0.6:
        table["gates"] = {name: GATES[name] for name in rng.choice([["quick"], ["quick", "full"]])}
    _lanes(rng, table)
    _refs(rng, table)
    table["self_accept"] = rng.random() < 0.25
    if table["identity"] == "none":
        return
    people = table["people"]
    for id, person in people.items():
        if "keys" not in person and (id in ("ana", "cy") or rng.random() < 0.8):
            person["keys"] = [key_line(id), key_line(f"{id}-2")] if id == "bob" else [key_line(id)]
    able = [id for id, person in people.items() if person.get("keys")]
    table["roles"]["acceptor"] = rng.sample(able, rng.choice([1, 2, 2, 3, len(able)]) if len(able) > 2 else len(able))
    strangers = [id for id in table["roles"]["acceptor"] if id != "ana" and id not in table["lanes"]["core"]["owners"]]
    if not strangers:
        table["self_accept"] = True
    if rng.random() < 0.7:
        table["servers"] = {"main": {"keys": [key_line(SERVER_KEY)]}}


def _lanes(rng: random.Random, table: Table) -> None:
    ids = list(table["lanes"])
    for place, id in enumerate(ids):
        lane = table["lanes"][id]
        if place and rng.random() < 0.45:
            others = rng.sample(ids[:place], rng.choice([1, 1, 2]) if place > 1 else 1)
            lane["depends_on"] = {other: rng.choice(["hard", "soft", "soft", "none"]) for other in others}
        if rng.random() < 0.2:
            lane["bots"] = True
        if rng.random() < 0.75:
            lane["kind"] = rng.choice([*ORDER, "orchestration"])


def _refs(rng: random.Random, table: Table) -> None:
    gates = list(table.get("gates", {}))
    main = table["refs"][0]
    if table["identity"] == "signature" and rng.random() < 0.7:
        main.pop("pushers", None)
    release: Table = {"name": RELEASE + "*"}
    if rng.random() < 0.9:
        release["from"] = "refs/heads/main"
    rules = [main, release]
    for rule in rules:
        rule["accepted"] = True
        if gates and rng.random() < 0.4:
            rule["gates"] = rng.sample(gates, rng.randint(1, len(gates)))
            if rng.random() < 0.6:
                rule["gate_tip"] = rng.random() < 0.3
        if rng.random() < 0.5:
            rule["order"] = rng.sample(ORDER, rng.randint(2, 4))
    for key in ("force", "delete"):
        if rng.random() < 0.3:
            release[key] = True
    table["refs"].insert(rng.choice([0, 1, 1]), release)


def changed(rng: random.Random, table: Table) -> None:
    """One thing of what the policy asks of acceptance is another one, seldom to no valid policy."""
    lane = table["lanes"][rng.choice(list(table["lanes"]))]
    main = next(rule for rule in table["refs"] if rule["name"] == "refs/heads/main")
    match rng.randint(0, 6):
        case 0 if "roles" in table:
            table["roles"]["acceptor"] = rng.sample(["ana", "bob", "cy", "dee"], rng.randint(1, 3))
        case 1:
            table["self_accept"] = not table["self_accept"]
        case 2:
            lane["bots"] = not lane.get("bots", False)
        case 3:
            lane["depends_on"] = {rng.choice(list(table["lanes"])): rng.choice(["hard", "soft"])}
        case 4:
            main["order"] = rng.sample(ORDER, rng.randint(0, 4))
        case 5:
            main.pop("gate_tip", None)
            main["gates"] = rng.sample(list(table.get("gates", {})), min(1, len(table.get("gates", {}))))
        case _:
            lane["task"] = f"T-{rng.randint(1, 9)}"
