"""What a refusal by each code looks like: the lines that a person sees, as real commits and pushes got them.

Each is the line of the problem and the line that says what to do. A test compares their wording with that of the
sources, so that an example does not outlive the message that it shows.
"""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, str] = {
    "LG101": (
        "LG101 src/ui/x.py   ui is PRIMARY here, core has no grant   policy/lanegate.toml:10\n"
        "      ask bob (ui) for the change, or: lanegate explain src/ui/x.py --lane core"
    ),
    "LG102": (
        "LG102 src/app.py   ui may MODIFY the content only, not delete or rename it   policy/lanegate.toml:11\n"
        "      ask ana (core) for the change; escalate if scope leaves src/ui, or: lanegate explain "
        "src/app.py --lane ui"
    ),
    "LG103": (
        "LG103 build/out.txt   no lane owns this path   policy/lanegate.toml:6\n"
        "      add it to owned_paths of a lane in the policy, or leave it alone; escalate if scope leaves "
        "src/ui, or: lanegate explain build/out.txt --lane ui"
    ),
    "LG104": (
        "LG104 src/ui/vendor/x   out of scope for ui   policy/lanegate.toml:13\n"
        "      no lane owns this path, so leave it alone, or have the policy give it to one; escalate if "
        "scope leaves src/ui, or: lanegate explain src/ui/vendor/x --lane ui"
    ),
    "LG105": (
        "LG105 .git/config   git's own file: it decides what git and lanegate do here\n"
        "      change what it says by a git or lanegate command, if that is your task"
    ),
    "LG201": ("LG201 no `Lane` trailer in the last paragraph\n      add `Lane: <id>` (ui, core, docs)"),
    "LG202": (
        "LG202 ana does not own lane ui   policy/lanegate.toml:53\n"
        "      have an owner push the commit to the ref of lane ui first, then land it"
    ),
    "LG203": (
        "LG203 no owner of lane ui signed this: no signature   policy/lanegate.toml:16\n"
        "      have an owner sign it: git config gpg.format ssh, git config user.signingKey FILE, git commit "
        "--amend -S"
    ),
    "LG204": (
        "LG204 lane docs works on task T-12, found none   policy/lanegate.toml:24\n      add `Task: T-12` beside `Lane`"
    ),
    "LG205": ("LG205 subject does not start with [W1]   policy/lanegate.toml:24\n      start the subject with `[W1] `"),
    "LG301": (
        "LG301 no accepted verdict for refs/heads/main   policy/lanegate.toml:51\n"
        "      ask an acceptor (cy): lanegate accept 4c63f9d564e8"
    ),
    "LG302": (
        "LG302 rejected for refs/heads/main by cy (record 1)   policy/lanegate.toml:51\n"
        "      mend it on top of main as it stands now, and ask for a new verdict; `lanegate ledger show 1` "
        "says why"
    ),
    "LG303": (
        "LG303 mixed: 1 commit (c495680e38e7) accepted, 1 commit (4c63f9d564e8) not; nothing of it lands\n"
        "      have all of it accepted, or rebase so that what is accepted comes first and push only up to "
        "there"
    ),
    "LG304": (
        "LG304 no record that full passed on 0489d443e4e1, the new tip of main   policy/lanegate.toml:51\n"
        "      lanegate gate run --record 0489d443e4e1"
    ),
    "LG305": (
        "LG305 not a record: its tree has no file `record`\n"
        "      run: lanegate ledger sync, which writes your own records anew on top of the server's"
    ),
    "LG401": (
        "LG401 src/app.py   high-risk, and lane ui holds no lock that covers it   policy/lanegate.toml:60\n"
        "      lanegate lock acquire '/src/app.py' --lane ui, then push again"
    ),
    "LG402": (
        "LG402 src/app.py   at src/app.py this scope meets lock ui-1: lane ui (bob), lease until "
        "2026-11-22T00:26:02Z\n"
        "      wait, ask its holder to release it, or take a narrower scope"
    ),
    "LG403": ('LG403 a lock is reclaimed only with a note that says why\n      add: --note "why"'),
    "LG404": (
        "LG404 src/ui/old.py   frozen: nobody changes it   policy/lanegate.toml:59\n"
        "      leave it as it is, or have a maintainer change the zone in the policy first"
    ),
    "LG405": (
        "LG405 src/ui/log.txt   append-only: what stood there changes: lines may only be added at the end   "
        "policy/lanegate.toml:50\n"
        "      keep what stands there, and add lines at the end"
    ),
    "LG406": (
        "LG406 board/release   only maintainer may write here; pushed by bob   policy/lanegate.toml:72\n"
        "      have one of them push the change: ana"
    ),
    "LG407": (
        "LG407 record 3: it comes after record 1, so its number is 2\n"
        "      give the lock command again: it writes the record anew on top of the server's registry"
    ),
    "LG408": (
        "LG408 record 2: its time is 2026-11-21T19:17:26Z; the server's time is 2026-11-21T20:17:26Z\n"
        "      give the command again: it goes by the server's time; set the clock of this machine right"
    ),
    "LG501": (
        "LG501 ui depends on core (hard), and nothing of it stands accepted in this history   "
        "policy/lanegate.toml:17\n"
        "      land core first, or bring it in the same push; a lane that has nothing more to bring is set "
        'to state = "done" in the policy'
    ),
    "LG502": (
        "LG502 assumption A1 about core is not reconciled   policy/lanegate.toml:52\n"
        "      when it holds: lanegate reconcile A1 --lane ui, or `Reconciled: <id>` in a commit of the lane"
    ),
    "LG503": (
        "LG503 ui would land before core (requirements), whose accepted work stays behind: 1 commit "
        "(7548bf686453)   policy/lanegate.toml:28\n"
        "      land core first or in the same push; if that is not to land: lanegate withdraw 7548bf686453, "
        "or move the ref of lane core off it"
    ),
    "LG504": (
        "LG504 policy/lanegate.toml   lanes.docs.state: 3 lanes are active (ui, core, docs), at most 2 may "
        'be: set the state of others to "planned" or "done"   policy/lanegate.toml:26\n'
        "      run: lanegate policy check"
    ),
    "LG505": (
        "LG505 lane ui was rejected by cy (record 2), and this does not stand on what main held then, "
        "957a2b657f1b   policy/lanegate.toml:51\n"
        "      rebase onto main and have the new commits accepted; the same reviewer may lift it: lanegate "
        "withdraw"
    ),
    "LG506": (
        "LG506 a commit that takes another one back has one parent\n"
        "      make it with `git revert` (or: lanegate rollback COMMIT) and change nothing else; what has to "
        "be mended by hand comes as an ordinary commit without `Reverts`"
    ),
    "LG601": ("LG601 no rule of the policy names this ref\n      push to a ref that [[refs]] in the policy names"),
    "LG602": (
        "LG602 not a fast-forward: it would drop commits that stand there   policy/lanegate.toml:40\n"
        "      rebase or merge onto the current tip, then push without force"
    ),
    "LG603": (
        "LG603 the old tip leaves the first-parent chain: this merge took main as second parent   "
        "policy/lanegate.toml:40\n"
        "      check out main and merge your branch into it"
    ),
    "LG604": (
        "LG604 src/ui/new/.GiT   tree entry whose name is .git to some file system\n"
        "      make the commit anew with git itself"
    ),
    "LG701": (
        "LG701 policy/lanegate.toml   a policy change comes alone, this one came with 1 other commit(s)\n"
        "      push the commit that changes the policy by itself, before or after the others"
    ),
    "LG702": (
        "LG702 policy/lanegate.toml   surprise: unknown key   policy/lanegate.toml:49\n      run: lanegate policy check"
    ),
    "LG703": (
        'LG703 policy/lanegate.toml   lanes.docs.owned_paths[1]: two active lanes are PRIMARY on "src/a": '
        'lane ui by "/src/" (line 4) and lane docs by "/src/a" (line 6); take it from one of them (a `!` '
        "pattern, out_of_scope), or give one of them MODIFY   policy/lanegate.toml:6\n"
        "      run: lanegate policy check"
    ),
    "LG900": (
        "LG900 a bug in lanegate stopped the decision: ValueError: a path with a NUL byte\n"
        "      report it; nothing was let through"
    ),
    "LG901": (
        "LG901 no policy can judge this push: there is no refs/heads/main\n"
        "      the server's admin brings a policy to refs/heads/main with git fetch, see docs/platforms.md"
    ),
    "LG902": (
        "LG902 lanegate.managed = perhaps: expected true or false\n"
        "      fix it in the repository's own git config, or run: lanegate install --server"
    ),
    "LG903": (
        "LG903 git rev-list exited with 128: error: Could not read c012d17e4217bbbd1d4187f70aac66d344814920\n"
        "      run: git fsck; a shallow clone cannot push what is cut off: git fetch --unshallow"
    ),
    "LG904": (
        "LG904 a commit brings more than 500000 paths below src/ui/deep/00/00/00/\n"
        "      split the change, or ask the server's admin"
    ),
    "LG905": (
        "LG905 no decision within 0.1 seconds (lanegate.deadline)\n"
        "      push in smaller parts, or raise lanegate.deadline"
    ),
    "LG906": ("LG906 the repository or the push is shallow: its history is cut off\n      run: git fetch --unshallow"),
    "LG907": (
        "LG907 LANEGATE_PUSHER is not set: the server did not say who pushes\n"
        "      see docs/platforms.md: how the server says who pushes"
    ),
    "LG908": (
        "LG908 this tool call cannot be understood: Write names no file\n"
        "      say so to whoever set up this hook: docs/agents.md names the tools that are understood"
    ),
}
