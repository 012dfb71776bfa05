"""`lanegate policy check|show|matrix|schema`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lanegate.cli.main import main
from lanegate.core.policy_schema import policy_schema
from tests.attack_signatures import KEYS, key_file, signed_policy
from tests.core.policy_texts import ACCEPTED
from tests.support import POLICY_PATH, Clone, run

NAMES = [name for names in KEYS.values() for name in names]
EXAMPLES = Path(__file__).parents[2] / "policy" / "examples"
POLICY = (EXAMPLES / "agents.toml").read_text()
BROKEN = POLICY.replace("orchestration", "orchestraton").replace("unowned", "unowed")
PROBLEMS = """\
{path}:5: LG702 unowed: unknown key (did you mean "unowned"?)
{path}:31: LG702 lanes.lead.kind: expected "requirements" or "implementation" or "quality" or "operations" or \
"orchestration", got "orchestraton" (did you mean "orchestration"?)
"""


@pytest.fixture
def work_tree(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """A work tree with a valid policy; the current folder is one below its top."""
    repo.write(POLICY_PATH, POLICY)
    repo.write("src/x", "x")
    monkeypatch.chdir(repo.path / "src")
    return repo


def test_a_valid_policy(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check"]) == 0
    expected = "policy/lanegate.toml: valid: 3 lanes (3 active), 11 patterns, 0 matrix rows, 2 ref rules\n"
    assert capsys.readouterr() == (expected, "")


def test_every_problem_is_listed(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    path = work_tree.write(POLICY_PATH, BROKEN)
    assert main(["policy", "check"]) == 1
    assert capsys.readouterr() == (PROBLEMS.format(path=POLICY_PATH), "")
    assert main(["policy", "check", str(path)]) == 1
    assert capsys.readouterr() == (PROBLEMS.format(path=path), "")


@pytest.mark.parametrize("command", ["show", "matrix"])
def test_only_a_valid_policy_is_shown(command: str, work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    work_tree.write(POLICY_PATH, BROKEN)
    assert main(["policy", command]) == 1
    assert capsys.readouterr() == ("", PROBLEMS.format(path=POLICY_PATH))


def test_problems_as_json(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    work_tree.write(POLICY_PATH, BROKEN)
    assert main(["policy", "check", "--format", "json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["summary"].pop("seconds") >= 0
    first, second = answer.pop("violations")
    assert answer == {
        "version": 1,
        "decision": "refused",
        "policy": {"commit": None, "blob": None},
        "notes": [],
        "summary": {"refs": 0, "commits": 0, "paths": 0},
        "warnings": [],
    }
    assert first == {
        "code": "LG702",
        "message": 'unowed: unknown key (did you mean "unowned"?)',
        "commit": None,
        "path": POLICY_PATH,
        "lane": None,
        "grant": None,
        "owner": None,
        "ref": None,
        "policy_line": 5,
        "hint": None,
    }
    assert second["policy_line"] == 31


def test_a_valid_policy_as_json(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["decision"], answer["violations"]) == ("allowed", [])


def test_too_many_active_lanes_have_their_own_code(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    work_tree.write(POLICY_PATH, POLICY.replace("max_active_lanes = 3", "max_active_lanes = 2"))
    assert main(["policy", "check"]) == 1
    assert capsys.readouterr().out.startswith("policy/lanegate.toml:30: LG504 lanes.lead.state: 3 lanes are active")


def test_the_policy_is_where_the_configuration_says(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    work_tree.write("rules.toml", POLICY)
    work_tree.config("lanegate.policyPath", "rules.toml")
    assert main(["policy", "check"]) == 0
    assert capsys.readouterr().out.startswith("rules.toml: valid")


def undecided(said: tuple[str, str], message: str, hint: str) -> None:
    assert said == ("", f"lanegate: LG901 {message}\n  {hint}\n")


def test_no_file(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    (work_tree.path / POLICY_PATH).unlink()
    assert main(["policy", "check"]) == 3
    hint = "name the policy file, or write one (lanegate policy schema helps an editor)"
    undecided(capsys.readouterr(), "policy/lanegate.toml cannot be read: No such file or directory", hint)
    assert main(["policy", "check", "--format", "json", "nosuch"]) == 3
    answer = json.loads(capsys.readouterr().out)
    assert answer["decision"] == "undecided"
    assert [(v["code"], v["hint"]) for v in answer["violations"]] == [("LG901", hint)]


def test_a_link_is_no_policy(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    work_tree.write("elsewhere.toml", POLICY)
    (work_tree.path / POLICY_PATH).unlink()
    os.symlink("../elsewhere.toml", work_tree.path / POLICY_PATH)
    assert main(["policy", "check"]) == 3
    message = "policy/lanegate.toml is a symbolic link, which is no policy"
    undecided(capsys.readouterr(), message, "put the file itself there")


def test_outside_of_a_work_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], repo: Clone
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["policy", "show"]) == 3
    undecided(capsys.readouterr(), "there is no git work tree here", "name the policy file")
    monkeypatch.chdir(repo.path / ".git")
    assert main(["policy", "matrix"]) == 3
    undecided(capsys.readouterr(), "this repository has no work tree", "name the policy file")


def test_any_bytes_in_the_file(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    work_tree.write(POLICY_PATH, b"\xff\xfe\0")
    assert main(["policy", "check"]) == 1
    assert "LG702 holds a NUL byte" in capsys.readouterr().out
    work_tree.write(POLICY_PATH, b"#" * 2_000_000)
    assert main(["policy", "check"]) == 1
    assert "LG702 is larger than 1048576 bytes" in capsys.readouterr().out


SHOWN = """\
{path}: identity pusher, a path that no lane owns: deny, at most 4 active lanes

lane requirements (line 22): active requirements, owners ana, branch lane/requirements
  PRIMARY  /docs/      line 25
  PRIMARY  /policy/    line 25
  PRIMARY  /README.md  line 25

lane backend (line 28): active implementation, owners bob, task T-12, branch lane/backend
  PRIMARY       /server/             line 32
  PRIMARY       !/server/generated/  line 33
  MODIFY        /docs/api.md         line 35
  out of scope  /server/billing/     line 36
  escalate if: the database schema changes

lane billing (line 40): active implementation, owners cy, branch lane/billing
  PRIMARY  /server/billing/  line 42

lane quality (line 45): planned quality, owners bob
  PRIMARY  /tests/  line 49

refs (the first match wins; what no rule names is refused)
  refs/heads/main         pushers integrator, maintainer                       line 51
  refs/heads/lane/{{lane}}  anybody, as owner of the lane, may force and delete  line 55
  refs/heads/release/*    pushers maintainer                                   line 60
  refs/tags/v*            pushers maintainer                                   line 64

people
  ana  pushers ana              line 9
  bob  pushers bob, bob-laptop  line 12
  cy   pushers cy               line 15
  maintainer: ana
  integrator: ana, cy
"""


@pytest.mark.parametrize("identity", ["signature", "either"])
def test_show_whose_keys_are_whose(identity: str, work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    """By their fingerprints, as ssh-keygen prints them."""
    work_tree.write(POLICY_PATH, signed_policy(identity))
    assert main(["policy", "show"]) == 0
    people = capsys.readouterr().out.partition("\npeople\n")[2].splitlines()
    prints = {
        name: run(["ssh-keygen", "-lf", str(key_file(name))], cwd=work_tree.path).out.split()[1] for name in NAMES
    }
    assert people[0].split("  ")[1:3] == ["ana", "pushers ana" if identity == "either" else "no pushers"]
    assert f"keys {prints['ana']}" in people[0]
    assert f"keys {prints['bob']}, {prints['bob-laptop']}" in people[1]
    assert "mallory" not in "".join(people)


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    path = EXAMPLES / "team.toml"
    assert main(["policy", "show", str(path)]) == 0
    assert capsys.readouterr() == (SHOWN.format(path=path), "")


def test_show_says_it_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.toml"
    path.write_text(
        'version = 1\nidentity = "none"\n[lanes.ui]\nobjective = "Focus"\nrole = "EA"\nsubject_prefix = "[W1]"\n'
        'deliverables = ["a"]\nacceptance = ["b\\nc"]\nverification = ["d"]\n'
        '[[matrix]]\npath = "/x"\ngrants = { ui = "-" }\n'
    )
    assert main(["policy", "show", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "lane ui (line 3): active implementation, no owners, role EA, subject prefix [W1]",
        "  Focus",
        "  deliverable: a",
        "  acceptance: b\\x0ac",
        "  verification: d",
        "",
        "matrix (the last matching row wins)",
        "  path  ui",
        "  /x    -",
    ]


def accepted_policy(tmp_path: Path) -> Path:
    path = tmp_path / "p.toml"
    path.write_text(ACCEPTED)
    return path


def test_show_what_acceptance_asks_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = accepted_policy(tmp_path)
    assert main(["policy", "show", str(path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{path}: identity either, a path that no lane owns: deny, at most 4 active lanes, authors and owners of the "
        "lane may accept, maintainers may override",
        "",
        "lane ui (line 15): active implementation, owners ana, bots",
        "  depends on: core (hard), docs (soft)",
        "",
        "lane core (line 19): active implementation, no owners",
        "",
        "lane docs (line 20): active implementation, no owners",
        "",
        "lane tools (line 21): active implementation, no owners",
        "",
        "zones (the last one that matches a path wins; out of scope beats all)",
        "  high-risk, maintainer only  /Cargo.lock  line 42",
        "  high-risk, maintainer only  /ci/         line 42",
        "  high-risk, maintainer only  !/ci/notes/  line 42",
        "  append-only                 /CHANGES     line 46",
        "  append-only                 /ci/log      line 46",
        "",
        "refs (the first match wins; what no rule names is refused)",
        "  refs/heads/main         anybody                        line 22",
        "    takes accepted commits; gates targeted, full (the tip too); in the order requirements, implementation",
        "  refs/heads/release/*    anybody                        line 27",
        "    takes accepted commits; starts from refs/heads/main; gates full",
        "  refs/heads/lane/{lane}  anybody, as owner of the lane  line 33",
        "",
        "gates",
        "  targeted  rung 2  pytest tests/ui -q; make lint  line 35",
        "  full      rung 3  make test                      line 38",
        "",
        "servers (who sign landings)",
        "  main  keys SHA256:8ktfRX2VfpJtZeeBRE2SH7oPT60L9tSuzFw+FE6/G6o  line 5",
        "",
        "people",
        "  ana  pushers ana  keys SHA256:P3bKFatZEzFpUnmsOk/Kcn0x0MHqumKeqzf8p/ZlKVo  line 7",
        "  bob  no pushers   keys SHA256:+hZb+MGfCz+7uN8rwD9c39SewjCgKybTTWTVFoVFnss  line 10",
        "  acceptor: bob",
        "  maintainer: ana",
    ]


def test_show_as_json_what_acceptance_asks_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "show", str(accepted_policy(tmp_path)), "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["self_accept"], answer["override"]) == (True, True)
    assert answer["lanes"]["ui"]["depends_on"] == {"core": "hard", "docs": "soft"}
    assert answer["lanes"]["ui"]["bots"] is True
    assert answer["refs"][1] == {
        "name": "refs/heads/release/*",
        "line": 27,
        "pushers": None,
        "force": False,
        "delete": False,
        "accepted": True,
        "from": "refs/heads/main",
        "gates": ["full"],
        "gate_tip": False,
        "order": [],
    }
    assert answer["gates"]["full"] == {"id": "full", "line": 38, "rung": 3, "run": ["make test"]}
    assert list(answer["servers"]) == ["main"]
    assert answer["servers"]["main"]["line"] == 5


def test_show_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    path = EXAMPLES / "matrix.toml"
    assert main(["policy", "show", str(path), "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["version"], answer["path"], answer["identity"]) == (1, str(path), "none")
    assert answer["lanes"]["cli"]["line"] == 22
    assert answer["lanes"]["cli"]["branch"] == "w3/cli"
    assert answer["matrix"][0] == {
        "path": {"text": "crates/types/", "where": "matrix[0].path", "line": 26},
        "grants": {"types": "PRIMARY", "parser": "READ", "cli": "READ"},
    }
    assert answer["refs"][1] == {
        "name": "refs/heads/w*/{lane}",
        "line": 48,
        "pushers": None,
        "force": True,
        "delete": True,
        "accepted": False,
        "from": None,
        "gates": [],
        "gate_tip": False,
        "order": [],
    }
    assert answer["lanes"]["cli"]["depends_on"] == {}


MATRIX = {
    "text": """\
path                  types    parser   cli
crates/types/         PRIMARY  READ     READ
crates/parser/        -        PRIMARY  READ
crates/cli/           -        -        PRIMARY
crates/parser/lib.rs                    MODIFY
/Cargo.toml           PRIMARY  MODIFY   MODIFY
""",
    "markdown": """\
| Path                   | types   | parser  | cli     |
| ---------------------- | ------- | ------- | ------- |
| `crates/types/`        | PRIMARY | READ    | READ    |
| `crates/parser/`       | -       | PRIMARY | READ    |
| `crates/cli/`          | -       | -       | PRIMARY |
| `crates/parser/lib.rs` |         |         | MODIFY  |
| `/Cargo.toml`          | PRIMARY | MODIFY  | MODIFY  |
""",
}


@pytest.mark.parametrize("form", MATRIX)
def test_the_matrix_as_a_table(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "matrix", str(EXAMPLES / "matrix.toml"), "--format", form]) == 0
    assert capsys.readouterr() == (MATRIX[form], "")


def test_the_matrix_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(EXAMPLES / "matrix.toml")
    assert main(["policy", "matrix", path, "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["version"], answer["path"], answer["lanes"]) == (1, path, ["types", "parser", "cli"])
    assert answer["rows"][3] == {"path": "crates/parser/lib.rs", "grants": {"cli": "MODIFY"}, "line": 38}


def test_a_policy_without_a_matrix(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "matrix"]) == 0
    note = "policy/lanegate.toml has no [[matrix]] rows; the lists of each lane: lanegate policy show\n"
    assert capsys.readouterr() == ("", note)


def test_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "schema"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out) == policy_schema()
    assert out == (EXAMPLES.parent / "lanegate.schema.json").read_text()


def test_a_command_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy"]) == 2
    assert "required: COMMAND" in capsys.readouterr().err
