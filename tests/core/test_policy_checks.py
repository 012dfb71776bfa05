"""What the values of a policy say about each other, and the exact words where that cannot be."""

from __future__ import annotations

import pytest

from lanegate.core.policy_problems import nearest
from tests.core.policy_texts import HEAD, PUSHER, told

NOBODY = 'rules that name people need another identity: under "none" nobody is proven to be anybody'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # people and roles
        (HEAD + "[people.ana]\npushers = ['ana']\n",
         [f"4: LG702 people.ana.pushers: {NOBODY}"]),
        (HEAD + "[people.ana]\npushers = ['x']\n[people.bob]\npushers = ['x']\n",
         [f"4: LG702 people.ana.pushers: {NOBODY}", f"6: LG702 people.bob.pushers: {NOBODY}"]),
        (HEAD + "[roles]\nmaintainer = []\n",
         [f"3: LG702 roles: {NOBODY}"]),
        (HEAD + "[[refs]]\nname = 'refs/heads/main'\npushers = []\n",
         [f"5: LG702 refs[0].pushers: {NOBODY}"]),
        (HEAD + "[[refs]]\nname = 'refs/heads/main'\npushers = ['ana']\n",
         [f"5: LG702 refs[0].pushers: {NOBODY}"]),
        (PUSHER + "[people.ana]\npushers = ['a', 'b']\n[people.bob]\npushers = ['B']\n",
         ['6: LG702 people.bob.pushers[0]: "B" is a name of ana too: a pusher is one person']),
        (PUSHER + "[people.ana]\n[people.Ana]\n",
         ['4: LG702 people.Ana: differs from the person "ana" only in case']),
        (PUSHER + "[people.ana]\npushers = ['a']\n[roles]\nana = ['ana']\n",
         ['6: LG702 roles.ana: "ana" is a person too: a list of pushers could mean either']),
        (PUSHER + "[roles]\nMaintainer = []\n",
         ['4: LG702 roles.Maintainer: differs from the role "maintainer" only in case']),
        (PUSHER + "[roles]\nqa = []\nQA = []\n", ['5: LG702 roles.QA: differs from the role "qa" only in case']),
        (PUSHER + "[people.anna]\npushers = ['a']\n[roles]\nmaintainer = ['ana', 'zoe']\n",
         ['6: LG702 roles.maintainer[0]: "ana" is no person of this policy (did you mean "anna"?)',
          '6: LG702 roles.maintainer[1]: "zoe" is no person of this policy: add [people.zoe]']),
        (PUSHER + "[people.ana]\n[roles]\nmaintainer = ['ana']\n",
         ['5: LG702 roles.maintainer[0]: "ana" has no pushers: the server could never recognise them; add '
          "people.ana.pushers"]),
        # lanes
        (HEAD + "[lanes.ui]\n[lanes.UI]\n", ['4: LG702 lanes.UI: differs from the lane "ui" only in case']),
        (HEAD + "lanes.'a..b' = {}",
         ['3: LG702 lanes."a..b": cannot be part of a branch name: `..` is not allowed']),
        (HEAD + "lanes.'a.LOCK' = {}",
         ['3: LG702 lanes."a.LOCK": cannot be part of a branch name: it ends with .lock']),
        (HEAD + "lanes.'a.' = {}", ['3: LG702 lanes."a.": cannot be part of a branch name: it ends with a dot']),
        (PUSHER + "[people.ana]\n[lanes.ui]\nowners = ['ana', 'bob']\n",
         ['5: LG702 lanes.ui.owners[0]: "ana" has no pushers: the server could never recognise them; add '
          "people.ana.pushers",
          '5: LG702 lanes.ui.owners[1]: "bob" is no person of this policy: add [people.bob]']),
        (HEAD + "[lanes.ui]\nowned_paths = ['!/a', '!/b', '/c', '!/d', '/c']\n",
         ['4: LG702 lanes.ui.owned_paths[0]: "!/a" takes nothing away: no pattern stands before it in this list',
          '4: LG702 lanes.ui.owned_paths[1]: "!/b" takes nothing away: no pattern stands before it in this list',
          '4: LG702 lanes.ui.owned_paths[4]: "/c" is given twice, first as [2]: the last one decides alone']),
        (HEAD + "max_active_lanes = 2\n" + "".join(f"[lanes.l{n}]\n" for n in range(3)) + "[lanes.x]\nstate = 'done'\n",
         ['6: LG504 lanes.l2.state: 3 lanes are active (l0, l1, l2), at most 2 may be: set the state of others to '
          '"planned" or "done"']),
        (HEAD + "".join(f"[lanes.l{n}]\n" for n in range(22)),
         ["7: LG504 lanes.l4.state: 22 lanes are active (" + ", ".join(f"l{n}" for n in range(20)) +
          ', …), at most 4 may be: set the state of others to "planned" or "done"']),
        (HEAD + "".join(f"[lanes.l{n}]\n" for n in range(20)),
         ["7: LG504 lanes.l4.state: 20 lanes are active (" + ", ".join(f"l{n}" for n in range(20)) +
          '), at most 4 may be: set the state of others to "planned" or "done"']),
        # branches
        (HEAD + "[lanes.ui]\nbranch = 'x{y'\n",
         ["4: LG702 lanes.ui.branch: no rule of [[refs]] names refs/heads/x{y: add one such as "
          "refs/heads/lane/{lane}"]),
        (HEAD + "[lanes.ui]\nbranch = 'lane/ui'\n",
         ["4: LG702 lanes.ui.branch: no rule of [[refs]] names refs/heads/lane/ui: add one such as "
          "refs/heads/lane/{lane}"]),
        (HEAD + "[lanes.ui]\nbranch = 'lane/ui'\n[[refs]]\nname = 'refs/heads/**'\n"
         "[[refs]]\nname = 'refs/heads/lane/{lane}'\n",
         ['4: LG702 lanes.ui.branch: refs/heads/lane/ui falls under "refs/heads/**" (line 5), which is no {lane} '
          "rule"]),
        (HEAD + "[lanes.ui]\nbranch = 'lane/core'\n[lanes.core]\n[[refs]]\nname = 'refs/heads/lane/{lane}'\n",
         ['4: LG702 lanes.ui.branch: refs/heads/lane/core is the ref of lane core by "refs/heads/lane/{lane}"']),
        (HEAD + "[lanes.ui]\nbranch = 'lane//ui'\n[[refs]]\nname = 'refs/heads/lane/{lane}'\n",
         ['4: LG702 lanes.ui.branch: "lane//ui": git knows no such ref: a segment is empty']),
        (HEAD + "[lanes.ui]\nbranch = 'lane/*'\n[[refs]]\nname = 'refs/heads/lane/{lane}'\n",
         ["4: LG702 lanes.ui.branch: expected the name of a branch, without refs/heads/, got \"lane/*\""]),
        # the matrix
        (HEAD + "[lanes.ui]\n[[matrix]]\npath = '/x'\ngrants = { uii = 'READ', core = '-' }\n",
         ['6: LG702 matrix[0].grants.uii: "uii" is no lane of this policy (did you mean "ui"?)',
          '6: LG702 matrix[0].grants.core: "core" is no lane of this policy']),
        (HEAD + "[lanes.ui]\n[[matrix]]\npath = '/x'\ngrants.ui = 'READ'\n[[matrix]]\npath = '/x'\ngrants.ui = '-'\n",
         ['8: LG702 matrix[1].path: "/x" has a row already, on line 5: join them']),
        # refs
        (HEAD + "[[refs]]\nname = 'refs/heads/main'\n[[refs]]\nname = 'refs/heads/main'\n",
         ['6: LG702 refs[1].name: "refs/heads/main" has a rule already, on line 3: the first match wins']),
        (HEAD + "[[refs]]\nname = 'main'\n",
         ["4: LG702 refs[0].name: expected a ref name such as refs/heads/main or refs/heads/lane/{lane}, got "
          '"main"']),
        (HEAD + "[[refs]]\nname = 'refs/replace/*'\n",
         ['4: LG702 refs[0].name: "refs/replace/*": the rules of refs/replace/ and refs/lanegate/ are built in']),
        (PUSHER + "[people.ana]\n[people.bob]\npushers = ['b']\n[roles]\nqa = ['bob']\n"
         "[[refs]]\nname = 'refs/heads/main'\npushers = ['ana', 'integrator', 'bbo', 'bob', 'qa']\n",
         ['10: LG702 refs[0].pushers[0]: "ana" has no pushers: the server could never recognise them; add '
          "people.ana.pushers",
          '10: LG702 refs[0].pushers[1]: nobody holds the role "integrator": name them in [roles]',
          '10: LG702 refs[0].pushers[2]: "bbo" is neither a role nor a person of this policy (did you mean "bob"?)']),
    ],
)  # fmt: skip
def test_what_values_say_about_each_other(text: str, expected: list[str]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("Owners", ("owners", "owned_paths"), ' (did you mean "owners"?)'),
        ("owners", ("OWNERS",), ' (did you mean "OWNERS"?)'),
        ("qqq", ("owners",), ""),
        ("x" * 32, ("x" * 32,), f' (did you mean "{"x" * 32}"?)'),
        ("x" * 33, ("x" * 32,), ""),
        ("x" * 32, ("x" * 33,), ""),
        ("x", (*(f"{number:05}" for number in range(200)), "x"), ""),
        ("x", (*(f"{number:05}" for number in range(199)), "x"), ' (did you mean "x"?)'),
    ],
)
def test_the_nearest_word(word: str, known: tuple[str, ...], expected: str) -> None:
    assert nearest(word, known) == expected
