"""The codes of acceptance and of what lanes ask of each other (core/codes.py)."""

from __future__ import annotations

from lanegate.core.code import Code

ACCEPTANCE = (
    Code(
        "LG301",
        "no accepted verdict",
        "A ref that takes only accepted work takes a commit on the word of an acceptor, given in the ledger for "
        "exactly this commit (its full id) and this ref before the push: not for one like it, not for another ref, "
        "not withdrawn, and by somebody who holds the role now and neither wrote the commit nor owns its lane.",
        "Ask an acceptor: `lanegate accept COMMIT`, then push again. A rebase, amend or cherry-pick makes another "
        "commit; `lanegate accept --carry OLD NEW` takes a verdict over where the change is the same.",
        ("R-D07", "R-D09", "design 5"),
    ),
    Code(
        "LG302",
        "rejected",
        "The last verdict on the commit for this ref rejects it, and the last one decides.",
        "Mend what the reviewer found, on top of the ref as it stands now, and ask for a verdict on the new "
        "commits. The reviewer may also withdraw.",
        ("R-D07", "R-D10", "design 5"),
    ),
    Code(
        "LG303",
        "mixed range",
        "Some of the new commits are accepted and some are not. Landing only a part would mean to pick commits out "
        "of a history in which they were reviewed together, so nothing of it lands.",
        "Have the rest accepted; or put what is accepted first (`git rebase -i` makes new commits, which need their "
        "verdicts again) and push up to there.",
        ("R-D09", "design 5"),
    ),
    Code(
        "LG304",
        "gate missing or failed",
        "The ref asks for gates that the report of the verdict, or a record of a run on the new tip, must show as "
        "passed: work that was fine on its own may fail where it lands.",
        "`lanegate gate run --lane ID COMMIT` runs them in a clean checkout; have the commit accepted with that "
        "report. For the tip of a merge: `lanegate gate run --record COMMIT`.",
        ("R-D06", "R-D09", "design 5"),
    ),
    Code(
        "LG501",
        "hard dependency unmet",
        "The lane builds on another one of which nothing is accepted in the history that would stand on the ref.",
        "Land the other lane first, or bring it in the same push. A lane that has nothing more to bring is set to "
        'state "done" in the policy.',
        ("R-D05", "design 5"),
    ),
    Code(
        "LG502",
        "assumption not reconciled",
        "While a lane that this one leans on (a soft dependency) has landed nothing, each commit says what it takes "
        "for granted about it, and nothing lands before somebody has looked whether that holds.",
        "Write `Assumption: <id> <text>` beside `Lane`, or `Assumption: none`; answer it with `lanegate reconcile "
        "<id> --lane ID` or a commit of the lane with `Reconciled: <id>`.",
        ("R-D05", "design 5"),
    ),
    Code(
        "LG503",
        "out of integration order",
        "Accepted work of an earlier kind of lane stands ready on its lane's ref and would be overtaken, so what "
        "comes later would land on a base that it was not made for.",
        "Land the earlier lane first, or both in one push. Where that work is not to land: withdraw its verdict, or "
        "move the lane's ref off it.",
        ("R-D08", "design 5"),
    ),
    Code(
        "LG505",
        "rejected lane not rebased",
        "Work of this lane was rejected. What it brings afterwards stands on what the ref held then, so that it was "
        "made with that in sight, and not beside it.",
        "Rebase the lane onto the ref and have the new commits accepted. The reviewer who rejected may withdraw that.",
        ("R-D10", "design 5"),
    ),
    Code(
        "LG506",
        "revert not atomic",
        "A commit with `Reverts: <id>` takes back exactly that commit and does nothing else, so that a rollback "
        "needs no second look; for this an integrator may take back what any lane brought.",
        "`lanegate rollback COMMIT` makes it. Whatever has to be mended by hand, a conflict too, is an ordinary "
        "commit without `Reverts`, in two steps where need be.",
        ("R-D11", "design 5"),
    ),
)
