"""Commands on callers over HTTP: keys, keys create, keys rotate, keys revoke, trust."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import footfall
from footfall.doors.http.senders import NotAdmitted, Senders
from footfall.engine.engine import system_clock
from tests.doors.http.senders.logins import private_key, private_pem, public_jwk, public_pem
from tests.end_to_end.cli.program import Program

LOGIN = ["--issuer", "https://login.shop.example", "--audience", "footfall"]


@pytest.fixture
def pem(tmp_path: Path) -> str:
    """A file with the public key of a login service."""
    file = tmp_path / "shop-login.pem"
    file.write_text(public_pem(private_key("RS256")))
    return str(file)


class Keys:
    """`footfall keys …` on a store."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def __call__(self, *arguments: str) -> Any:
        return self.program("keys", *arguments)

    def created(self, command: str, *arguments: str) -> str:
        """The key that is printed, which stands alone on standard output."""
        outcome = self(command, *arguments)
        assert outcome.status == 0, outcome.err
        (key,) = outcome.out.splitlines()
        return str(key)

    def names(self) -> list[tuple[str, bool]]:
        """The names of the keys, and whether each is revoked."""
        return [(row["name"], row["revoked_at"] is not None) for row in self.program.document("keys")]


def test_a_public_key_is_created_and_listed(program: Program) -> None:
    keys = Keys(program)
    key = keys.created("create", "shop", "--origin", "https://shop.example", "--origin", "http://127.0.0.1:8000")
    assert key.startswith("pk_")
    (row,) = program.document("keys")
    assert list(row) == [
        "key_id",
        "name",
        "kind",
        "origins",
        "rate",
        "scopes",
        "created_at",
        "revoked_at",
        "last_used",
    ]
    assert (row["key_id"], row["kind"]) == (key, "public")
    assert row["origins"] == ["https://shop.example", "http://127.0.0.1:8000"]
    shown = program("keys").out
    assert key in shown
    assert "https://shop.example" in shown


def test_a_secret_is_shown_once_and_never_again(program: Program) -> None:
    keys = Keys(program)
    outcome = keys("create", "backend", "--server", "--scope", "read", "--scope", "write")
    secret = outcome.out.strip()
    assert secret.startswith("sk_")
    assert "once" in outcome.err
    (row,) = program.document("keys")
    assert row["scopes"] == ["write", "read"]
    for shown in (program("keys"), program("keys", "--json"), keys("revoke", "backend"), program("keys")):
        assert secret not in shown.out + shown.err


def test_a_new_key_as_a_document(on_sqlite: Program) -> None:
    public = Keys(on_sqlite)("create", "app", "--rate", "600", "--json")
    assert list(public.document) == ["key_id", "name", "kind", "key"]
    assert public.document["key"] == public.document["key_id"]
    assert "--origin" in public.err
    secret = Keys(on_sqlite)("create", "backend", "--server", "--json").document
    assert secret["kind"] == "server"
    assert secret["key"].startswith("sk_") != secret["key_id"].startswith("sk_")
    assert on_sqlite.document("keys")[0]["rate"] == 600


def test_what_is_created_rotated_and_revoked_is_let_in_or_not(program: Program, database_url: str) -> None:
    keys = Keys(program)
    shop = keys.created("create", "shop")
    first = keys.created("create", "backend", "--server")
    second = keys.created("rotate", "backend", "--overlap", "24h")

    def let_in() -> list[bool]:
        with footfall.open(database_url) as engine:
            senders = Senders(engine, system_clock)
            return [_is_let_in(senders, key) for key in (shop, first, second)]

    assert let_in() == [True, True, True]
    keys("rotate", "backend", "--overlap", "0s")
    assert let_in() == [True, False, False]
    keys("revoke", "shop")
    assert let_in() == [False, False, False]


def _is_let_in(senders: Senders, key: str) -> bool:
    try:
        return bool(senders.caller(key, None, None))
    except NotAdmitted:
        return False


def test_keys_are_listed_as_they_stood(on_sqlite: Program) -> None:
    keys = Keys(on_sqlite)
    keys("create", "shop")
    assert on_sqlite.document("keys", "--as-of", "2020-01-01") == []
    assert len(on_sqlite.document("keys", "--as-of", "2999-01-01")) == 1
    assert keys("revoke", "shop", "--json").document == {"key": "shop", "revoked": True}
    assert keys("create", "shop").status == 0
    assert keys.names() == [("shop", True), ("shop", False)]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["create"], "missing argument NAME"),
        (["create", "a b"], "name"),
        (["create", "sk_hidden"], "name"),
        (["create", "shop", "--origin", "shop.example"], "https://shop.example"),
        (["create", "shop", "--rate", "0"], "rate"),
        (["create", "shop", "--scope", "read"], "public key"),
        (["create", "shop", "--server", "--scope", "everything"], "everything"),
        (["create", "shop", "--server", "--origin", "https://shop.example"], "server key"),
        (["rotate", "nobody"], "no server key"),
        (["rotate", "nobody", "--overlap", "24"], "10m"),
        (["revoke", "sk_hidden"], "no key"),
        (["revoke"], "missing argument NAME_OR_ID"),
        (["--as-of", "yesterday"], "ISO 8601"),
        (["--json", "create", "shop"], "behind create"),
    ],
)
def test_wrong_use_is_told_and_no_secret_is_shown(on_sqlite: Program, arguments: list[str], told: str) -> None:
    outcome = Keys(on_sqlite)(*arguments)
    assert outcome.status == 2
    assert told in " ".join(outcome.err.split())
    assert "hidden" not in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
    assert Keys(on_sqlite).names() == []


def test_an_issuer_is_trusted_listed_and_removed(program: Program, pem: str) -> None:
    trusted = program.document("trust", pem, *LOGIN, "--uuid-claim", "customer", "--leeway", "1m")
    assert trusted == {
        "issuer": "https://login.shop.example",
        "audience": "footfall",
        "trusted_at": trusted["trusted_at"],
        "keys": [None],
        "algorithms": ["RS256"],
        "uuid_claim": "customer",
        "recognised_claim": None,
        "leeway_seconds": 60.0,
    }
    assert program.document("trust") == [trusted]
    assert program.document("trust", "--as-of", "2020-01-01") == []
    assert "https://login.shop.example" in program("trust").out
    assert "are believed" in program("trust", pem, *LOGIN).out
    assert program.document("trust", "--remove", "https://login.shop.example") == {
        "issuer": "https://login.shop.example",
        "trusted": False,
    }
    assert program.document("trust") == []


def test_a_jwks_is_read_and_only_the_algorithms_that_are_named_are_taken(on_sqlite: Program, tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    keys = [public_jwk(private_key(one), one, kid=one.lower()) for one in ("RS256", "ES256", "EdDSA")]
    file.write_text(json.dumps({"keys": keys}))
    assert on_sqlite.document("trust", str(file), *LOGIN)["keys"] == ["rs256", "es256", "eddsa"]
    named = on_sqlite.document("trust", str(file), *LOGIN, "--algorithm", "ES256", "--algorithm", "EdDSA")
    assert named["keys"] == ["es256", "eddsa"]
    assert "es256 eddsa" in on_sqlite("trust").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "all three"),
        (["--issuer", "https://login.shop.example"], "all three"),
        ([*LOGIN, "--algorithm", "HS256"], "HS256"),
        ([*LOGIN, "--leeway", "1h"], "5 minutes"),
        ([*LOGIN, "--leeway", "30"], "30"),
        (["--issuer", "", "--audience", "footfall"], "issuer"),
    ],
)
def test_an_issuer_is_not_trusted_by_half(on_sqlite: Program, pem: str, arguments: list[str], told: str) -> None:
    outcome = on_sqlite("trust", pem, *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert told in " ".join(outcome.err.split())
    assert on_sqlite.document("trust") == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"secret", "neither a JWKS"),
        (private_pem(private_key("RS256")).encode(), "private key"),
    ],
)
def test_a_file_that_holds_no_public_key_is_told(
    on_sqlite: Program, tmp_path: Path, content: bytes | None, told: str
) -> None:
    file = tmp_path / "keys"
    if content is not None:
        file.write_bytes(content)
    outcome = on_sqlite("trust", str(file), *LOGIN)
    assert (outcome.status, outcome.out) == (2, "")
    assert told in outcome.err
    assert "Traceback" not in outcome.err


def test_half_of_what_trusts_without_a_file_and_an_issuer_that_is_not_trusted_are_told(on_sqlite: Program) -> None:
    assert "all three" in " ".join(on_sqlite("trust", *LOGIN).err.split())
    outcome = on_sqlite("trust", "--remove", "https://other.example")
    assert (outcome.status, "not trusted" in outcome.err) == (2, True)
