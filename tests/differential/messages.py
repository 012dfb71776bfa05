"""Random commit messages: honest ones, honest ones that look wrong, and wrong ones that look honest."""

from __future__ import annotations

import random

from tests.differential.random_policy import Table

SUBJECTS = (
    b"Add a thing",
    b"Fix: that",
    "Größe ändern".encode(),
    b"Lane: quoted in the subject",
    b"caf\xe9",
    b"#12 done",
)
FOREIGN = (
    b"Signed-off-by: B <b@example.org>",
    b"Co-authored-by: A <a@example.org>\n folded",
    b"(cherry picked from commit 0123456789012345678901234567890123456789)",
    b"Change-Id: I1:2:3",
    b"Assumption: none",
    b"Reconciled: a1",
)
ASSUMED = (b"Assumption: none", b"Assumption: a1 it holds", b"Assumption: a2 it will hold", b"Assumption: a3")


def honest(rng: random.Random, lane: str, table: Table) -> bytes:
    """A message that commits of this lane may have."""
    subject = rng.choice(SUBJECTS)
    if "subject_prefix" in table:
        subject = table["subject_prefix"].encode() + rng.choice([b" " + subject, b" " + subject, b""])
    lines = [rng.choice([b"Lane: ", b"Lane: ", b"Lane: ", b"lane: ", b"LANE:  "]) + lane.encode()]
    if "task" in table:
        lines.append(b"Task: " + table["task"].encode())
    elif rng.random() < 0.1:
        lines += [b"Task: one", b"Task: two"]
    if "soft" in table.get("depends_on", {}).values() and rng.random() < 0.85:
        lines += rng.sample(ASSUMED[: rng.choice([3] * 9 + [4])], rng.choice([1, 1, 2]))
    lines += rng.sample(FOREIGN, rng.choice([0, 0, 0, 1, 2]))
    rng.shuffle(lines)
    parts = [subject, *_body(rng), b"\n".join(lines)]
    return b"\n\n".join(parts) + rng.choice([b"\n", b"\n", b"\n", b"", b"\n\n\n"])


def without_lane(rng: random.Random) -> bytes:
    """A message as a bot writes it."""
    trailer = rng.choice([b"", b"\n\nSigned-off-by: bot <bot@example.org>", b"\n\nLane of nobody"])
    return rng.choice(SUBJECTS[:3]) + trailer + b"\n"


def _body(rng: random.Random) -> list[bytes]:
    bodies = (
        b"Why.",
        b"Lane: other",
        b"> Lane: quoted\n> more",
        b"---\ndiff --git a/x b/x",
        b"Lane: a\n folded",
        b"\tLane: x",
    )
    return [rng.choice(bodies)] if rng.random() < 0.4 else []


def wrong(rng: random.Random, lane: str, table: Table, lanes: list[str]) -> bytes:
    """A message with one thing changed that often, not always, makes it refused."""
    message = honest(rng, lane, table)
    name = lane.encode()
    head, _, last = message.rstrip(b"\n").rpartition(b"\n\n")
    other = rng.choice([*lanes, "ghost", lane.swapcase(), ""]).encode()
    if "task" in table and rng.random() < 0.4:
        return rng.choice(
            [
                message.replace(b"Task: ", b"Tasks: "),
                message.replace(b"Task: ", b"Task: x"),
                message.rstrip(b"\n") + b"\nTask: " + other + b"\n",
                message.rstrip(b"\n") + b"\ntask: " + str(table["task"]).encode() + b"\n",
            ]
        )
    if "subject_prefix" in table and rng.random() < 0.4:
        prefix = str(table["subject_prefix"]).encode()
        return message.replace(
            prefix, rng.choice([b"", prefix + b"x", b" " + prefix, prefix + b"\t", prefix.upper()]), 1
        )
    choices = [
        head + b"\n",
        last + b"\n",
        message + b"\nMore text\n",
        message + b"\n-- \nSigned\n",
        head + b"\n\n" + last + b"\nLane: " + other + b"\n",
        head + b"\n\nlane: " + name + b"\n" + last + b"\n",
        message.replace(name, other),
        head + b"\n\n" + last + b"\r\n",
        head + b"\n\n" + last.replace(b"\n", b"\r\n") + b"\n",
        head + b"\n\n" + last + b"\n folded\n",
        head + b"\n\n folded\n" + last + b"\n",
        head + b"\n\n" + last + b"\nplain text\n",
        head + b"\n\n" + last + b"\n# comment\n",
        head + b"\n\n" + last.replace(b": ", b":") + b"\n",
        head + b"\n\n" + last.replace(b": ", b" : ") + b"\n",
        head + b"\n\n" + last.replace(b": ", b":\t") + b"\n",
        head + b"\n\n" + last + b"\nTask: " + other + b"\n",
        head + b"\n\n" + last + b"\nNote: a\x01b\n",
        head + b"\n\n" + last.replace(b"folded", b"fol\tded") + b"\n",
        head + b"\n\n" + last + b"\nNote: \n",
        head + b"\n\n" + b"Note: " + last.replace(b"\n", b"\n ") + b"\n",
        head + b"\n\n" + last.replace(name, name + b" ") + b"\n",
        head + b"\n\n" + last + b"\n\n# ------------------------ >8 ------------------------\nLane: " + other + b"\n",
        head + b"\n\nLane: " + other + b"\n\n" + last + b"\n",
        b"\n" + message,
        head + b"\n \n" + last + b"\n",
    ]
    return rng.choice(choices)
