"""The codes of locks, of zones and of lanes that overlap (core/codes.py)."""

from __future__ import annotations

from lanegate.core.code import Code

LOCKS = (
    Code(
        "LG401",
        "high-risk path without a lock",
        "What the policy calls high-risk is changed by one lane at a time: its lane holds a live lock that covers the "
        "path before the commit reaches the server. A lock that was not pushed is not held. Work that was pushed "
        "before its path became high-risk lands once its lane has taken one.",
        "`lanegate lock acquire PATTERN… --lane ID`, then push again; `lanegate lock list` shows who holds what.",
        ("R-B03", "R-B04", "R-D04", "design 4"),
    ),
    Code(
        "LG402",
        "lock held by another lane",
        "Two lanes never hold or change the same path at once. Whether two scopes can meet is decided for all paths "
        "that there could be, so a lock also keeps out a scope that merely might collide.",
        "Wait for its holder or ask for a release (`lanegate lock list` shows both, and until when the lease runs); or "
        "take a narrower scope. Only the lead (roles orchestrator and maintainer) reclaims a lock that is alive.",
        ("R-B03", "R-B04", "R-D04", "design 5"),
    ),
    Code(
        "LG403",
        "stale lock without a reclaim note",
        "A lease that ran out may still have somebody at work behind it. It passes on only with words that say why, "
        "and whoever lost it is told so by the fencing number: an old one moves nothing.",
        '`lanegate lock reclaim LOCK --note "why"`; `lanegate lock list` shows the present holder and fence.',
        ("R-B04", "R-D04", "R-F05", "design 5"),
    ),
    Code(
        "LG404",
        "path frozen",
        "A zone of mode frozen is changed by nobody, whatever else grants it.",
        "Drop the change. Who needs it has a maintainer change the zone in the policy first, in a push of its own.",
        ("R-A06", "R-B19", "design 4"),
    ),
    Code(
        "LG405",
        "append-only: not only lines added at the end",
        "In a zone of mode append-only what stands in a file stays as it is: lines come at the end, and the file is "
        "not deleted, renamed, or changed in type or mode. After a merge it is the base, then what both sides added.",
        "Take back the change of what stood there and write the new lines behind it; after a merge conflict keep the "
        "common start and put one side's lines after the other's.",
        ("R-A06", "R-B19", "design 4"),
    ),
    Code(
        "LG406",
        "may not write in this zone",
        "The policy lets only holders of certain roles write here, whatever their lane may change.",
        "Ask one of them to make or to push the change; `lanegate explain PATH` names the zone and its roles.",
        ("R-A06", "R-B19", "design 4"),
    ),
    Code(
        "LG407",
        "lock registry altered or forged",
        "Each record of the lock registry is one commit on top of the record before it: numbered, spelt in one way, "
        "written under the policy that is in force, and with exactly the locks that follow from it. So nobody can "
        "rewrite, reorder, leave out or smuggle in who holds what.",
        "Run the lock command again: it fetches the registry and writes the record anew on top of it. If the registry "
        "itself is told to be wrong, compare it with a clone that was verified before: `lanegate lock verify`.",
        ("R-B03", "design 6"),
    ),
    Code(
        "LG408",
        "time of a lock record is not the server's",
        "Leases begin and end by the server's clock. A record that tells another time could outlive its lease, or end "
        "somebody else's.",
        "`lanegate lock` takes the time from the server's answer and tries again; set the clock of this machine right.",
        ("R-B04", "R-F05", "design 3"),
    ),
    Code(
        "LG703",
        "owned paths of two active lanes overlap",
        "Each path has one lane that is PRIMARY there. Two active lanes that could both own a path will some day "
        "overwrite each other, so the collision is shown as a path before any work starts.",
        "Take the path away from one of them (`!` before a pattern, or a narrower one), give it to one by a matrix "
        'row, or set one lane to "planned" or "done"; `lanegate policy overlaps` shows every collision.',
        ("R-A02", "R-B15", "R-E04", "design 5"),
    ),
)
