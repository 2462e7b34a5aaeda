"""Keys by their events: who is good when, and what may become of them."""

from __future__ import annotations

from typing import Any

import pytest

from footfall.domain.catalogue import stream_id, stream_of
from footfall.domain.errors import InvalidArgument
from footfall.domain.events import ActionRemoved, CatalogueEvent, KeyCreated, KeyRevoked, KeyUsed
from footfall.domain.key import Key, KnownKey, Scope, check_key_name, check_rate, read_scopes
from footfall.domain.keys import NO_KEYS, Keys, advance, create, replay, revoke, rotate, use
from footfall.domain.moments import DAY, HOUR
from tests.builders import NOON

SHOP = Key("pk_1", "shop", ("https://shop.example",), 600)
BACKEND = Key("key_1", "backend", scopes=(Scope.WRITE,), secret_sha256=b"1" * 32)
SECOND = Key("key_2", "backend", scopes=tuple(Scope), secret_sha256=b"2" * 32)


def after(*events: CatalogueEvent, keys: Keys = NO_KEYS) -> Keys:
    return advance(keys, events)


CREATED = after(KeyCreated(NOON, SHOP), KeyCreated(NOON, BACKEND))


def good(keys: Keys, now: int) -> set[str]:
    return {key_id for key_id, one in keys.items() if one.is_good(now)}


def test_a_key_is_good_once_it_is_created() -> None:
    assert create(NO_KEYS, SHOP, NOON) == [KeyCreated(NOON, SHOP)]
    assert {"pk_1": KnownKey(SHOP, NOON), "key_1": KnownKey(BACKEND, NOON)} == CREATED
    assert good(CREATED, NOON) == {"pk_1", "key_1"}


def test_two_good_keys_do_not_have_one_name() -> None:
    with pytest.raises(InvalidArgument, match="a server key named backend: rotate it"):
        create(CREATED, SECOND, NOON)
    with pytest.raises(InvalidArgument, match="a public key named shop: revoke it"):  # it has no secret to change
        create(CREATED, SHOP, NOON)
    revoked = after(*revoke(CREATED, "backend", NOON), keys=CREATED)
    assert create(revoked, SECOND, NOON) == [KeyCreated(NOON, SECOND)]


@pytest.mark.parametrize("by", ["backend", "key_1"])
def test_a_key_is_revoked_at_once_by_its_name_or_its_id_and_once(by: str) -> None:
    events = revoke(CREATED, by, NOON + 5)
    assert events == [KeyRevoked(NOON + 5, "backend", "key_1", NOON + 5)]
    revoked = after(*events, keys=CREATED)
    assert good(revoked, NOON + 5) == {"pk_1"}
    assert revoke(revoked, by, NOON + 6) == []


def test_a_revoked_key_is_refused_where_a_clock_is_behind() -> None:
    revoked = after(*revoke(CREATED, "backend", NOON + HOUR), keys=CREATED)
    assert good(revoked, NOON) == {"pk_1"}


def test_what_names_no_key_is_told_without_being_shown() -> None:
    with pytest.raises(InvalidArgument, match="no key") as told:
        revoke(CREATED, "sk_secret", NOON)
    assert "sk_secret" not in str(told.value)


def test_a_second_secret_is_good_beside_the_first_and_has_its_scopes() -> None:
    (created,) = rotate(CREATED, SECOND, NOON, None)
    both = after(created, keys=CREATED)
    assert both["key_2"].key.scopes == (Scope.WRITE,)
    assert good(both, NOON + 365 * DAY) == {"pk_1", "key_1", "key_2"}
    assert good(after(*revoke(both, "key_1", NOON), keys=both), NOON) == {"pk_1", "key_2"}
    assert good(after(*revoke(both, "backend", NOON), keys=both), NOON) == {"pk_1"}


def test_the_first_secret_ends_with_the_overlap() -> None:
    events = rotate(CREATED, SECOND, NOON, NOON + DAY)
    assert events[1:] == [KeyRevoked(NOON, "backend", "key_1", NOON + DAY)]
    both = after(*events, keys=CREATED)
    assert good(both, NOON + DAY - 1) == {"pk_1", "key_1", "key_2"}
    assert good(both, NOON + DAY) == {"pk_1", "key_2"}
    # It is revoked at once all the same, also where another clock is behind.
    for now in (NOON + HOUR, NOON + 2 * DAY):
        assert good(after(*revoke(both, "key_1", now), keys=both), NOON) == {"pk_1", "key_2"}


def test_an_overlap_of_nothing_ends_the_first_secret_at_once() -> None:
    both = after(*rotate(CREATED, SECOND, NOON, NOON), keys=CREATED)
    assert good(both, NOON - HOUR) == {"pk_1", "key_2"}


def test_an_overlap_prolongs_nothing() -> None:
    both = after(*rotate(CREATED, SECOND, NOON, NOON + HOUR), keys=CREATED)
    third = Key("key_3", "backend", secret_sha256=b"3" * 32)
    events = rotate(both, third, NOON, NOON + DAY)
    assert [event.key_id for event in events if isinstance(event, KeyRevoked)] == ["key_2"]


@pytest.mark.parametrize("name", ["shop", "nobody"])
def test_only_a_server_key_that_is_there_is_rotated(name: str) -> None:
    with pytest.raises(InvalidArgument, match="no server key"):
        rotate(CREATED, Key("key_2", name, secret_sha256=b"2"), NOON, None)


def test_a_use_is_kept_once_a_day() -> None:
    events = use(CREATED, "key_1", NOON)
    assert events == [KeyUsed(NOON, "backend", "key_1")]
    used = after(*events, keys=CREATED)
    assert used["key_1"].used_at == NOON
    midnight = NOON // DAY * DAY + DAY
    assert use(used, "key_1", midnight - 1) == use(used, "key_1", NOON - 1) == []
    assert use(used, "key_1", midnight) == [KeyUsed(midnight, "backend", "key_1")]


def test_keys_as_of_a_moment_are_what_events_had_made_of_them_by_then() -> None:
    events: list[CatalogueEvent] = [
        KeyCreated(10, BACKEND),
        KeyUsed(15, "backend", "key_1"),
        ActionRemoved(20, "shop.seen"),
        KeyRevoked(30, "backend", "key_1", 40),
    ]
    assert replay(events, until=9) == {}
    assert replay(events, until=12)["key_1"] == KnownKey(BACKEND, 10)
    assert replay(events, until=29)["key_1"] == KnownKey(BACKEND, 10, used_at=15)
    assert replay(events)["key_1"] == KnownKey(BACKEND, 10, ends_at=40, used_at=15)
    assert replay(events, until=9) == replay([KeyRevoked(5, "backend", "key_1", 5)])


def test_keys_are_the_same_object_where_nothing_was_about_them() -> None:
    assert after(ActionRemoved(NOON, "shop.seen"), keys=CREATED) is CREATED


def test_all_that_is_of_keys_of_one_name_is_of_one_stream() -> None:
    events: list[CatalogueEvent] = [
        KeyCreated(1, BACKEND),
        KeyCreated(2, SECOND),
        KeyUsed(3, "backend", "key_1"),
        KeyRevoked(4, "backend", "key_1", 4),
    ]
    assert set(map(stream_of, events)) == {stream_id("key backend")} != {stream_of(KeyCreated(1, SHOP))}


@pytest.mark.parametrize("name", ["a", "Shop-1.eu_west", "0", "a" * 64, "pk", "secret"])
def test_a_name_that_a_key_may_have(name: str) -> None:
    assert check_key_name(name) == name


@pytest.mark.parametrize("name", ["", "pk_1", "sk_x", "key_1", "a b", "a\n", "č", "-a", "a" * 65, "a\x00", None, 7])
def test_a_name_that_no_key_may_have_is_refused(name: Any) -> None:
    with pytest.raises(InvalidArgument, match="name"):
        check_key_name(name)


def test_a_secret_that_is_given_as_a_name_is_not_shown() -> None:
    with pytest.raises(InvalidArgument) as told:
        check_key_name("sk_somebodys-secret")
    assert "somebody" not in str(told.value)


@pytest.mark.parametrize("rate", [0, -1, True, 1.5, "600", 10**7])
def test_a_rate_that_is_none_is_refused(rate: Any) -> None:
    assert (check_rate(None), check_rate(600)) == (None, 600)
    with pytest.raises(InvalidArgument, match="rate"):
        check_rate(rate)


def test_scopes_are_those_that_there_are() -> None:
    assert read_scopes(["read", "write", "read"]) == (Scope.WRITE, Scope.READ)
    assert read_scopes("admin") == (Scope.ADMIN,)
    nothing: list[Any] = [[], ["everything"], ["read", None], [["read"]]]
    for none in nothing:
        with pytest.raises(InvalidArgument, match="scope"):
            read_scopes(none)
