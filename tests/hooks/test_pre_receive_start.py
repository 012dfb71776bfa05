"""How the server's hook starts: it loads little for a push that passes."""

from __future__ import annotations

import sys

from tests.desk import Desk
from tests.support import ROOT, run

HERE = "src/ui/here.py"
REF = "refs/heads/lane/ui"
#: What takes longer to load than a small push takes to judge.
HEAVY = {"collections", "contextlib", "dataclasses", "enum", "functools", "pathspec", "pygit2", "re", "signal"}
HEAVY |= {"subprocess", "tomllib", "typing"}
#: What serves zones, locks and links alone.
OF_OTHERS = {f"lanegate.core.{name}" for name in ("appends", "judge_links", "judge_zones", "locks", "patterns")}
OF_OTHERS |= {"lanegate.git.locks", "lanegate.git.zoned", "lanegate.usecases.locks_before"}
CODE = f"""
import os, sys
sys.path.append({str(ROOT)!r})
from lanegate.usecases.asked import ask
asked = ask(os.getcwd(), os.environ)
from lanegate.usecases.pre_receive import main
status = main(asked)
print(*sys.modules)
sys.exit(status)
"""


def test_a_push_that_passes_loads_nothing_heavy(desk: Desk) -> None:
    tip = desk.change({HERE: "1\n"}, "Mine", lane="ui")
    assert desk.push(f"HEAD:{REF}").ok  # from now on the policy is kept
    desk.server.git("update-ref", "-d", REF)
    argv = [sys.executable, "-E", "-P", "-S", "-c", CODE]
    ran = run(argv, cwd=desk.server.path, data=f"{'0' * 40} {tip} {REF}\n")
    assert ran.ok, ran.err
    assert ran.err.startswith("lanegate: allowed (1 commit, 1 path"), ran.err
    loaded = set(ran.out.split())
    assert "lanegate.core.judge_push" in loaded
    assert not (HEAVY | OF_OTHERS) & loaded
