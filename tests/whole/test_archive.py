"""Several database servers, for seconds; `make torture PART=archive` does it for minutes."""

from __future__ import annotations

import pytest

from tests.torture.archive import can_fill, full_disk, shards, standby


def test_spread_over_servers_a_collection_answers_as_before() -> None:
    found = shards(20)
    never = ("different", "problems", "not said", "not sorted")
    assert {name: found[name] for name in never} == dict.fromkeys(never, 0)
    assert found["questions"] > 100


def test_a_standby_takes_over_and_nothing_is_lost() -> None:
    found = standby(1, 1.0)
    never = ("lost", "problems", "not said", "wrong text")
    assert {name: found[name] for name in never} == dict.fromkeys(never, 0)
    assert found["errors"] > 0  # the server was stopped while it was written to, and asked
    assert found["documents"] > 7
    assert found["questions"] > 1


@pytest.mark.skipif(not can_fill(), reason="this user can mount no disk for a server")
def test_what_is_on_a_full_disk_stays() -> None:
    found = full_disk()
    assert {name: found[name] for name in ("lost", "problems", "not said")} == {"lost": 0, "problems": 0, "not said": 0}
    assert found["documents"] > 10
