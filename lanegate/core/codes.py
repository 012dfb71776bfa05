"""Every code that lanegate answers with: what it means, why there is such a rule, and what to do (design section 5).

A code never changes its meaning, since people script against it. `lanegate rule CODE` prints an entry. The first digit
says what it is about: 1 paths and grants, 2 message and identity, 3 acceptance, 4 locks and zones, 5 lanes among each
other, 6 refs and objects, 7 policy, 9 could not decide (exit 3; every other code is a refusal, exit 1).
"""

from __future__ import annotations

from collections.abc import Mapping

from lanegate.core.code import Code as Code
from lanegate.core.code_examples import EXAMPLES
from lanegate.core.codes_acceptance import ACCEPTANCE
from lanegate.core.codes_locks import LOCKS

_ALL = (
    Code(
        "LG101",
        "path outside the lane's grant",
        "Each path has one lane that is PRIMARY there, so that lanes can work at the same time without overwriting "
        "each other. A path that the lane may only READ, or that belongs to another lane, is not its to change. A "
        "symbolic link to such a path counts too.",
        "Ask the lane that is named as owner to make the change, or have the policy grant it (`lanegate explain PATH "
        "--lane ID` shows which line decides). If your scope really grew, escalate as the lane's escalate_if says.",
        ("R-A02", "R-A04", "R-C01", "R-F02"),
    ),
    Code(
        "LG102",
        "MODIFY went beyond content",
        "MODIFY lets a lane make specific changes in a file that another lane owns: its content, and nothing else. "
        "Creating, deleting, renaming it, or changing its type or mode, is its owner's decision.",
        "Leave the file where and what it is, or ask the lane that is PRIMARY there.",
        ("R-C01",),
    ),
    Code(
        "LG103",
        "path that no lane owns",
        'With unowned = "deny" nobody changes a path that no lane answers for: new files get an owner first.',
        "Add the path to owned_paths of a lane (a policy change of its own), or put the file where your lane owns.",
        ("R-A02", "R-E04"),
    ),
    Code(
        "LG104",
        "path out of scope",
        "out_of_scope is what a lane was told to keep its hands off. It wins over every grant, the matrix included.",
        "Drop the change, or ask the lane that owns the path. If the scope itself is wrong, have the policy changed.",
        ("R-B07",),
    ),
    Code(
        "LG105",
        "git's own file",
        "What stands in the folder .git decides what git and lanegate do here: hooks, configuration, refs, the lane of "
        "the work tree. It is in no commit, so no lane owns it; an agent that edits it would go around the rules.",
        "Say it by a command that is made for it (git config, lanegate lane use, lanegate install), if that is your "
        "task; else leave it alone.",
        ("R-A02", "R-B14"),
    ),
    Code(
        "LG201",
        "no, several or unknown Lane",
        "Every commit that changes something belongs to exactly one active lane, and says so in a `Lane: <id>` line of "
        "its last paragraph. On the ref of a lane it is that lane.",
        "Put `Lane: <id>` in the last paragraph, on one line, once (`lanegate lane use ID` writes it for you); split a "
        "commit that belongs to two lanes. `git commit --amend` or `git rebase -i` mend commits that are not pushed.",
        ("R-A04", "R-B07"),
    ),
    Code(
        "LG202",
        "identity may not act for this lane",
        "Only an owner of a lane brings commits of that lane to the server. A name in the commit proves nothing: what "
        "counts is whom the server authenticated (identity `pusher`), or who signed (`signature`), or one of both "
        "(`either`).",
        "Have an owner push the commit to the lane's own ref first, then anybody who may push to the target lands it; "
        "or have an owner sign it.",
        ("R-B01", "design 3"),
    ),
    Code(
        "LG203",
        "signature missing or bad",
        "Under identity `signature` an owner of the lane signs each commit with a key that the policy names. Only an "
        "SSH signature of git's own kind counts, and only by such a key: a good one by any other key proves nothing.",
        "`git config gpg.format ssh`, `git config user.signingKey ~/.ssh/id_ed25519.pub`, `git config commit.gpgSign "
        "true`; then `git commit --amend --no-edit -S`, or `git rebase --exec 'git commit --amend --no-edit -S' BASE`. "
        "A new key goes into `keys` of its person in the policy first.",
        ("R-B01", "design 3"),
    ),
    Code(
        "LG204",
        "Task missing or another one",
        "The lane works on a task, and its commits say which: `Task: <task>`, exactly as the policy has it.",
        "Put the `Task:` line beside the `Lane:` line in the last paragraph, or have the lane's task changed.",
        ("R-D03",),
    ),
    Code(
        "LG205",
        "subject prefix missing",
        "The lane's commits are told apart at a glance by the start of their subject.",
        "Start the subject with the prefix that the policy gives the lane, then a space.",
        ("R-C06",),
    ),
    Code(
        "LG305",
        "ledger altered or forged",
        "Each record of the ledger is one commit on top of the record before it: numbered, spelt in one way, written "
        "under the policy that is in force, and with exactly the state that follows from it. So nobody can rewrite, "
        "reorder, leave out or smuggle in what was decided.",
        "`lanegate ledger sync` fetches the ledger and writes your own records anew on top of it. If the ledger itself "
        "is told to be wrong, compare it with a clone that was verified before: `lanegate ledger verify`.",
        ("R-D07", "design 6"),
    ),
    Code(
        "LG504",
        "too many active lanes",
        "More lanes at once than can be coordinated; max_active_lanes in the policy says how many (4 unless set).",
        'Set the state of a lane to "planned" or "done" before another one starts, or raise max_active_lanes.',
        ("R-D01",),
    ),
    Code(
        "LG601",
        "ref not allowed",
        "Only refs that a rule of [[refs]] names are pushed, and only by whom that rule lets push; the ref of a lane "
        "only while the lane is active; a tag only on a commit that stands on such a ref. Anything else would be a "
        "side door past the rules.",
        "Push to a ref that the policy names (`lanegate policy show` lists them), ask somebody who may, or have a rule "
        "added.",
        ("R-B01", "R-B14", "design 5"),
    ),
    Code(
        "LG602",
        "deletion or non-fast-forward",
        "Commits that stand on the server are dropped only where the rule of that ref says `force` or `delete`, and "
        "never on the trusted ref.",
        "Fetch, rebase or merge onto the current tip, and push without force.",
        ("R-B14",),
    ),
    Code(
        "LG603",
        "merge malformed, or old tip off the first-parent chain",
        "The first-parent chain of the trusted ref is the list of landings, by which history is judged again later. A "
        "merge made the wrong way round would hide them. Merges of more than two commits cannot be told from edits.",
        "Check out the target branch and merge your branch into it (not the other way round), one branch at a time.",
        ("design 3", "design 5"),
    ),
    Code(
        "LG604",
        "malformed object",
        "The commit, or a tree that it brings, is not as git itself writes it, or holds names that some file system "
        "takes for others. Such objects look harmless in one tool and act in another.",
        "Make the commit anew with git itself; rename files that differ only in case or in how they are written.",
        ("design 5",),
    ),
    Code(
        "LG701",
        "policy change not alone, or not by a maintainer",
        "A change of the rules is seen and decided for itself: it is the only new commit of its push (clean merges "
        "aside), and a maintainer brings it.",
        "Push the commit that changes the policy by itself, before or after the others; ask a maintainer.",
        ("design 3",),
    ),
    Code(
        "LG702",
        "policy invalid",
        "A policy in which anything is unknown, contradictory or without effect is not used at all: nobody would know "
        "what it enforces. A push that would leave the trusted ref without a valid policy is refused.",
        "`lanegate policy check` lists every problem with its line; mend them all.",
        ("design 4", "R-A02"),
    ),
    Code(
        "LG900",
        "internal error",
        "lanegate itself failed. What it cannot decide it does not allow.",
        "Run the command again with LANEGATE_TRACEBACK=1 and report what it prints.",
        ("design 3",),
    ),
    Code(
        "LG901",
        "no usable policy or trusted ref",
        "There is no regular file with a valid policy where the configuration says, or no such ref, so there is "
        "nothing to judge by.",
        "`lanegate doctor` shows what is configured. On a new server the bootstrap pusher pushes the first policy.",
        ("design 3",),
    ),
    Code(
        "LG902",
        "server configuration wrong",
        "A value of lanegate.* in the server repository's own git config is missing or means nothing.",
        "On the server: `lanegate install --server DIR`, or mend the value with `git config --local`.",
        ("design 3",),
    ),
    Code(
        "LG903",
        "git failed or an object cannot be read",
        "git ended with an error, or an object that should be there is missing or damaged. What cannot be read cannot "
        "be allowed.",
        "Read what git said; `git fsck` finds damaged objects. Push or fetch what is missing.",
        ("design 3",),
    ),
    Code(
        "LG904",
        "limit exceeded",
        "The push or range is larger or deeper than lanegate reads, so that nobody can tie up the server.",
        "Push in smaller parts; if the history is honest and really that large, adopt it with lanegate.baseline.",
        ("design 5",),
    ),
    Code(
        "LG905",
        "out of time",
        "The decision took longer than the server allows a hook.",
        "Push in smaller parts, or have the administrator raise lanegate.deadline.",
        ("design 5",),
    ),
    Code(
        "LG906",
        "kind of repository not supported",
        "The repository is one that lanegate cannot read reliably, a shallow clone for example: commits that are not "
        "there cannot be judged.",
        "Fetch the whole history (`git fetch --unshallow`; in CI a fetch depth of 0).",
        ("design 5",),
    ),
    Code(
        "LG907",
        "pusher missing or contradictory",
        "The policy's rules name people, but the server did not say who is pushing, or said two things.",
        "Have the administrator set lanegate.platform or lanegate.identityVariable to what the server really provides.",
        ("design 3",),
    ),
    Code(
        "LG908",
        "tool call not understood",
        "An agent's editor asked whether a tool may run, in JSON that does not say which file the tool writes. What "
        "cannot be judged is refused.",
        "Compare the editor and its version with docs/agents.md, and report what it sends. The commit is judged all "
        "the same.",
        ("design 3",),
    ),
)

#: As they are written; no code stands there twice.
ENTRIES = (*_ALL, *ACCEPTANCE, *LOCKS)
CODES: Mapping[str, Code] = {
    entry.code: entry._replace(example=EXAMPLES.get(entry.code, "")) for entry in sorted(ENTRIES)
}
