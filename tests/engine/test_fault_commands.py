"""`jobtwin faults` and `jobtwin limits` on a running server: added, listed, hit, removed."""

import pytest

from tests.engine.test_commands import CommandSandbox, server, world

__all__ = ["server", "world"]
JOBS = "/polaris/v1/projects/p/jobs"
POLARIS = {"Authorization": "Basic pok_test"}


def test_add(world: CommandSandbox) -> None:
    """A fault is added with flags, and the list counts its hits."""
    world.said("faults add polaris listJobs --status 429 --retry-after 5 --times 2")
    answer = world.get(JOBS, **POLARIS)
    listed = world.said("faults list")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert "listJobs" in listed
    assert world.json("faults list")["faults"][0]["hits"] == 1


def test_add__json(world: CommandSandbox) -> None:
    """Any fault can be given as JSON."""
    world.said("""faults add polaris --fault '{"fields": {"jobs": "missing"}}'""")

    assert world.json("faults list")["faults"][0]["fault"] == {"fields": {"jobs": "missing"}}


@pytest.mark.parametrize("fault", ["[]", "{"])
def test_add__no_json(world: CommandSandbox, fault: str) -> None:
    """A fault that is not a JSON object is refused."""
    result = world.run("faults", "add", "polaris", "--fault", fault)

    assert (result.exit_code, fault in result.output) == (2, True)


def test_add__impossible(world: CommandSandbox) -> None:
    """A refusal by the server is reported in its words."""
    result = world.run("faults", "add", "polaris", "getJobStatu", "--status", "500")

    assert result.exit_code == 1
    assert "Did you mean 'getJobStatus'?" in result.output


def test_preset(world: CommandSandbox) -> None:
    """A preset is added, and listed, by its name."""
    made = world.json("faults add polaris --preset bad_morning")

    assert len(made["faults"]) == 6
    assert "bad_morning" in world.said("faults list --presets")


def test_remove(world: CommandSandbox) -> None:
    """A fault is removed by its ID, and all faults by --all; one of the two is required."""
    for _ in range(3):
        world.said("faults add polaris --status 500")
    world.said("faults remove 1")
    left = [each["id"] for each in world.json("faults list")["faults"]]
    world.said("faults remove --all")

    assert left == ["2", "3"]
    assert world.json("faults list")["faults"] == []
    assert world.run("faults", "remove").exit_code == 2


def test_limits(world: CommandSandbox) -> None:
    """A limit is set, listed with its number of refusals, and removed."""
    world.said("limits set polaris mine --requests 1 --every 10s --per credential")
    statuses = [world.get(JOBS, **POLARIS).status_code for _ in range(2)]
    listed = world.json("limits list")["limits"]
    table = world.said("limits list")
    world.said("limits remove polaris mine")

    assert statuses == [200, 429]
    assert [(e["name"], e["per"], e["refused"]) for e in listed] == [("mine", ["credential"], 1)]
    assert "1 every 10s" in table
    assert world.json("limits list")["limits"] == []


def test_limits__impossible(world: CommandSandbox) -> None:
    """A limit that the spec does not declare needs a number of requests and a period."""
    result = world.run("limits", "set", "polaris", "mine", "--requests", "1")

    assert result.exit_code == 1
    assert '"every": "1m"' in result.output
