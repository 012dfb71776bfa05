"""lanegate's entry in `.pre-commit-config.yaml`: read by a YAML parser, the rest byte for byte."""

from __future__ import annotations

import cfgv
import pytest
import yaml
from pre_commit import clientlib
from pre_commit.yaml import yaml_load

from lanegate.usecases.pre_commit_entry import entry, new_config, with_entry
from lanegate.usecases.shim import CLIENT_HOOKS

OTHER = (
    "repos:\n  # ours\n  - repo: https://git.example.org/x\n    rev: v1\n    hooks:\n      - id: x\n        args: [a]\n"
)
CONFIGS = {
    "plain": OTHER,
    "other keys after": f"{OTHER}\n# stages\ndefault_stages: [pre-commit]\nci:\n  autofix: false\n",
    "margin": "repos: # these\n- repo: local\n  hooks:\n  - id: x\n    entry: x\n\n    stages: [manual]\nci: {}\n",
    "a # in a script": f"{OTHER}        entry: |\n          one\n          # two\n",
    "deep": "minimum_pre_commit_version: '3'\nrepos:\n    -   repo: local\n        hooks:\n        -   id: x\n",
    "no end of line": OTHER.removesuffix("\n"),
    "crlf": OTHER.replace("\n", "\r\n"),
    "marked": f"---\n{OTHER}",
}


@pytest.mark.parametrize("before", CONFIGS.values(), ids=CONFIGS)
def test_it_comes_last_and_nothing_else_changes(before: str) -> None:
    after = with_entry(before.encode())
    assert after is not None
    was, now = yaml.safe_load(before), yaml.safe_load(after)
    assert now["repos"][:-1] == was["repos"]
    assert {**now, "repos": None} == {**was, "repos": None}
    assert now["repos"][-1]["repo"] == "local"
    assert tuple(hook["entry"].removeprefix("lanegate-") for hook in now["repos"][-1]["hooks"]) == CLIENT_HOOKS
    added = len(after) - len(before.encode())
    starts = [at for at in range(len(before) + 1) if after[:at] + after[at + added :] == before.encode()]
    assert starts, "the new bytes are one piece"
    assert with_entry(after) == after


@pytest.mark.parametrize(
    "before",
    ["", "repos: []\n", "repos:\n", "repos:\n  x: y\n", "repos: [{repo: local}]\n", "repos:\n\t- a\n",
     f"{OTHER}{OTHER}", f"{OTHER}---\n{OTHER}", "words\n", "? repos\n"],
)  # fmt: skip
def test_another_shape_is_left_alone(before: str) -> None:
    assert with_entry(before.encode()) is None


def test_a_new_file() -> None:
    value = yaml.safe_load(new_config())
    assert tuple(value["default_install_hook_types"]) == CLIENT_HOOKS
    assert value["repos"] == yaml.safe_load(entry())
    assert with_entry(new_config()) == new_config()


def test_pre_commit_itself_takes_it() -> None:
    cfgv.validate(cfgv.apply_defaults(yaml_load(new_config()), clientlib.CONFIG_SCHEMA), clientlib.CONFIG_SCHEMA)
