"""The ledger as the oracle reads it: every record from the first on, and what follows for a commit or a lane.

Nothing of the state in the ledger's trees is looked at, only the `record` of each commit. Each question walks the
whole list of records.
"""

from __future__ import annotations

import json
from typing import Any

from tests.differential.plumbing import Git
from tests.differential.records import RECORD

Table = dict[str, Any]


class Chronicle:
    """The records of a ledger, oldest first."""

    def __init__(self, records: list[Table]) -> None:
        self.records = records

    @classmethod
    def at(cls, git: Git, tip: str | None) -> Chronicle:
        """The ledger that ends in a commit; None is the empty one."""
        commits = reversed(git.first_parent_chain(tip)) if tip else []
        return cls([json.loads(git.object(git.leaves(commit)[RECORD].id)[1]) for commit in commits])

    def of(self, kind: str) -> list[Table]:
        return [record for record in self.records if record["kind"] == kind]

    def verdicts(self, commit: str) -> list[Table]:
        """Every verdict on a commit, oldest first, whatever became of it."""
        return [record for record in self.of("verdict") if commit in record["commits"]]

    def is_withdrawn(self, verdict: Table, commit: str, ref: str) -> bool:
        """Whether its writer took back later what a verdict says of a commit for a ref."""
        return any(
            record["number"] > verdict["number"]
            and record["writer"] == verdict["writer"]
            and commit in record["commits"]
            and ref in record["refs"]
            for record in self.of("withdraw")
        )

    def decides(self, commit: str, ref: str) -> Table | None:
        """The last verdict on a commit for a ref that its writer did not take back."""
        found = [one for one in self.verdicts(commit) if ref in one["refs"]]
        left = [one for one in found if not self.is_withdrawn(one, commit, ref)]
        return left[-1] if left else None

    def rejections(self, lane: str, ref: str) -> list[Table]:
        """Rejections of a lane's commits from a ref that are not lifted: not all of them taken back by their writer."""
        found = [one for one in self.of("verdict") if one["verdict"] == "rejected" and one["lane"] == lane]
        return [
            one
            for one in found
            if ref in one["refs"] and not all(self.is_withdrawn(one, commit, ref) for commit in one["commits"])
        ]

    def reconciled(self, lane: str) -> set[str]:
        """Assumptions of a lane that records say hold."""
        return {id for one in self.of("reconcile") if one["lane"] == lane for id in one["assumptions"]}

    def passed_on(self, commit: str, ref: str) -> set[str]:
        """Gates whose last run on a commit passed, by gate records and by the verdict that decides for a ref."""
        verdict, passed = self.decides(commit, ref), set[str]()
        for one in self.records:
            if one["kind"] == "gate" and one["commit"] == commit:
                passed = passed - set(one["failed"]) | set(one["passed"])
            if one == verdict and one["verdict"] == "accepted" and one["ran"] == commit:
                passed |= set(one["gates"])
        return passed
