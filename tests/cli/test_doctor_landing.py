"""`doctor` on a server that asks for acceptance: whether landings are recorded, and how often the glass was broken."""

from __future__ import annotations

from pathlib import Path

from lanegate.usecases.doctor_server import examine_server
from lanegate.usecases.install_server import open_server
from tests.attack_ledger import ledger_policy
from tests.attack_signatures import key_file
from tests.attack_support import MAIN, blob, commit_with
from tests.landing_support import Yard, glass_policy, yard
from tests.support import lanegate, make_server


def layers(place: Yard, *, with_probe: bool = False) -> dict[str, list[tuple[str, str]]]:
    """(state, message) of each layer, by name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for layer in examine_server(open_server(str(place.at.server.path)), with_probe=with_probe):
        found.setdefault(layer.name, []).append((layer.state, layer.message))
    return found


def dead(place: Yard) -> set[str]:
    return {name for name, found in layers(place).items() if "dead" in [state for state, _ in found]}


def test_all_is_well(tmp_path: Path) -> None:
    found = layers(yard(tmp_path, glass_policy(override=False)), with_probe=True)
    assert found["post-receive"][0][0] == "live"
    assert found["server key"] == [("live", f"{key_file('server')}, of server main in the policy")]
    assert not {"override", "overrides"} & found.keys()
    assert "dead" not in {state for layer in found.values() for state, _ in layer}


def test_nothing_is_said_where_nothing_is_recorded(tmp_path: Path) -> None:
    ran = lanegate("doctor", cwd=make_server(tmp_path / "server.git").path)
    assert ran.ok
    assert "post-receive" not in ran.both
    assert "server key" not in ran.both


def test_a_lasting_warning_while_the_glass_can_be_broken(tmp_path: Path) -> None:
    place = yard(tmp_path)
    said = "override = true: a maintainer's push option lets through what the rules refuse"
    assert layers(place)["override"] == [("note", said)]
    ran = lanegate("doctor", cwd=place.at.server.path)
    assert ran.ok
    assert said in ran.out
    place.at.server.git("config", "--unset", "receive.advertisePushOptions")
    assert layers(place)["override"][1] == (
        "dead",
        "receive.advertisePushOptions is not set: git takes no push option here",
    )


def test_overrides_that_stand_in_the_ledger(tmp_path: Path) -> None:
    place = yard(tmp_path)
    first = commit_with(place.at.clone, {b"src/core/x.py": ("100644", blob(place.at.clone))})
    assert place.push(f"{first}:{MAIN}", why="the shop is down").ok
    said = "one override stands in the ledger, the last: record 1, refs/heads/main by ana: the shop is down"
    assert layers(place)["overrides"] == [("note", said)]
    place.land("more", base=first)
    second = commit_with(
        place.at.clone, {b"src/core/y.py": ("100644", blob(place.at.clone))}, f"{place.at.server.tip()}^0"
    )
    assert place.push(f"{second}:{MAIN}", why="again").ok
    ((state, said),) = layers(place)["overrides"]
    assert (state, said.partition(":")[0]) == ("note", "2 overrides stand in the ledger, the last")
    assert said.endswith("by ana: again")


def test_a_key_that_does_not_sign(tmp_path: Path) -> None:
    place = yard(tmp_path)
    server, stranger = place.at.server, key_file("mallory")
    server.config("lanegate.serverKey", "/nowhere/key")
    gone = "the server's key /nowhere/key is not there: landings are not recorded"
    assert layers(place)["server key"] == [("dead", gone)]
    server.config("lanegate.serverKey", str(stranger))
    assert dead(place) == {"server key"}
    assert layers(place)["server key"][0][1].startswith(f"the policy knows no server with the key {stranger}")
    server.git("config", "--unset", "lanegate.serverKey")
    assert layers(place)["server key"] == [("dead", "lanegate.serverKey is not set: landings are not recorded")]


def test_a_policy_that_knows_no_server(tmp_path: Path) -> None:
    text = ledger_policy("pusher")
    assert dead(yard(tmp_path, text[: text.index("[servers.main]")])) == {"server key"}


def test_a_hook_that_is_not_there(tmp_path: Path) -> None:
    place = yard(tmp_path)
    hook = place.at.server.path / "hooks/post-receive"
    hook.chmod(0o644)
    assert dead(place) == {"post-receive"}
    hook.unlink()
    assert layers(place)["post-receive"] == [("dead", "not installed")]
    place.at.server.config("lanegate.platform", "github-enterprise")
    assert layers(place)["post-receive"][0][0] == "note"


def test_nobody_signs_under_none(tmp_path: Path) -> None:
    place = yard(tmp_path, ledger_policy("none"), config={"lanegate.platform": "local"})
    assert "server key" not in layers(place)
    assert dead(place) == set()
