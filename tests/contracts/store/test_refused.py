"""What does not pass by itself is refused for good, by PostgreSQL, by PgBouncer and for SQLite files: it says what to
do, and nobody tries it again."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

import footfall
from footfall.application.running import retries
from tests.contracts.store.roles import grants_of_the_readme, role, run, url_of
from tests.contracts.store.test_read_only_file import nobody
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE, OpenEngine, visit
from tests.end_to_end.cli.program import run as run_program
from tests.poolers import Pooler
from tests.postgres import PostgresServer

RULES = "local all asked scram-sha-256\nlocal all kept_out reject\nlocal all peer peer\n"
ROLES = [
    "CREATE ROLE asked LOGIN PASSWORD 'right'",
    "CREATE ROLE kept_out LOGIN",
    "CREATE ROLE peer LOGIN",
    "CREATE ROLE no_login",
    "CREATE ROLE busy LOGIN CONNECTION LIMIT 0",
    "CREATE DATABASE private",
    "REVOKE CONNECT ON DATABASE private FROM public",
    "CREATE DATABASE closed ALLOW_CONNECTIONS false",
]


@pytest.fixture(scope="module")
def server() -> Iterator[sa.URL]:
    """A server with rules of its own about who is let in."""
    own = PostgresServer()
    try:
        url = own.start()
        rules = own.folder / "pg_hba.conf"
        rules.write_text(RULES + rules.read_text())
        run(url, *ROLES, "SELECT pg_reload_conf()")
        yield sa.make_url(url)
    finally:
        own.remove()


@pytest.fixture
def _nobody_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def again(_seconds: float) -> None:
        raise AssertionError("it is tried again")

    monkeypatch.setattr(retries, "sleep", again)


def url_for(server: sa.URL, user: str, password: str | None = None, database: str | None = None) -> str:
    """The URL of a database for a user."""
    url = server.set(username=user, database=database or server.database)
    return url.set(password=password or "").render_as_string(hide_password=False)


def refused(url: str) -> str:
    """What is said to whom a database does not let in, by the engine and by the program."""
    with pytest.raises(footfall.StoreRefused) as caught:
        footfall.open(url)
    said = str(caught.value)
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("user", "password", "database", "remedy"),
    [
        ("asked", "wrong", None, "check user and password"),
        ("asked", None, None, "check user and password"),
        ("unknown", None, None, "create the role"),
        ("no_login", None, None, "create the role with LOGIN"),
        ("kept_out", None, None, "pg_hba.conf"),
        ("peer", None, None, "pg_hba.conf"),
        ("postgres", None, "nowhere", "create the database first"),
        ("asked", "right", "private", "GRANT CONNECT ON DATABASE"),
        ("postgres", None, "closed", "ALLOW_CONNECTIONS"),
    ],
)
def test_who_is_not_let_in_is_told_what_to_do(
    server: sa.URL, user: str, password: str | None, database: str | None, remedy: str
) -> None:
    said = refused(url_for(server, user, password, database))
    assert remedy in said
    assert "README" not in said
    assert password is None or password not in said.replace("password", "")


def test_too_many_connections_may_pass(server: sa.URL) -> None:
    with pytest.raises(footfall.StoreUnavailable, match="too many connections"):
        footfall.open(url_for(server, "busy"))


def test_where_one_of_several_servers_is_away_it_may_come_back(server: sa.URL) -> None:
    url = sa.make_url(url_for(server, "asked", "wrong"))
    both = url.update_query_dict({"host": f"/nowhere,{server.query['host']}"})
    with pytest.raises(footfall.StoreUnavailable):
        footfall.open(both.render_as_string(hide_password=False))


def test_parameters_that_lead_nowhere_are_refused(server: sa.URL) -> None:
    for query in ("options=-cnonsense%3D1", "service=nonsense", "connect_timeout=soon"):
        assert "mend the parameters" in refused(f"{url_for(server, 'postgres')}&{query}")


def test_the_program_says_it_in_one_line(server: sa.URL) -> None:
    ended = run_program("stats", "--database", url_for(server, "asked", "wrong"))
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert "check user and password" in ended.err


@pytest.mark.usefixtures("_nobody_tries_again")
def test_a_role_that_may_no_longer_log_in_is_refused_at_work(engine_at: OpenEngine, postgres_url: str) -> None:
    engine_at(postgres_url)
    with role(postgres_url) as name:
        run(postgres_url, *grants_of_the_readme(name))
        engine = engine_at(url_of(postgres_url, name), migrate=False)
        run(postgres_url, f"ALTER ROLE {name} NOLOGIN", *cut(name))
        for call in (lambda: engine.track_many([visit(ALICE, 0)]), engine.status, lambda: engine.profile(ALICE)):
            with pytest.raises(footfall.StoreRefused, match="LOGIN"):
                call()
        with pytest.raises(footfall.StoreRefused, match="LOGIN"):
            next(engine.subscribe(after="start"))


def cut(name: str) -> list[str]:
    """What ends the connections of a role."""
    return [f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = '{name}'"]


@pytest.mark.usefixtures("_nobody_tries_again")
@pytest.mark.parametrize(
    ("taken", "remedy"),
    [
        ("REVOKE USAGE ON SCHEMA footfall FROM {}", "GRANT USAGE ON SCHEMA"),
        ("REVOKE ALL ON footfall.log FROM {}", "grant what the README lists"),
    ],
)
def test_a_right_that_is_taken_away_is_named(engine_at: OpenEngine, postgres_url: str, taken: str, remedy: str) -> None:
    engine_at(postgres_url)
    with role(postgres_url) as name:
        run(postgres_url, *grants_of_the_readme(name))
        engine = engine_at(url_of(postgres_url, name), migrate=False)
        run(postgres_url, taken.format(name))
        with pytest.raises(footfall.StoreRefused, match=remedy):
            engine.track_many([visit(ALICE, 0)])


@pytest.mark.usefixtures("_nobody_tries_again")
@pytest.mark.parametrize("lost", ["SCHEMA footfall", "TABLE footfall.log"])
def test_a_store_that_was_dropped_is_told_of(engine_at: OpenEngine, postgres_url: str, lost: str) -> None:
    engine = engine_at(postgres_url)
    engine.track_many([visit(ALICE, 0)])
    run(postgres_url, f"DROP {lost} CASCADE")
    for call in (lambda: engine.track_many([visit(ALICE, 1)]), lambda: engine.profile(ALICE), engine.catch_up):
        with pytest.raises(footfall.StoreRefused, match="restore a backup, or open the engine anew"):
            call()


def test_a_server_that_takes_no_writes_is_told_of(engine_at: OpenEngine, postgres_url: str) -> None:
    engine_at(postgres_url)
    reading = f"{postgres_url}&options=-cdefault_transaction_read_only%3Don"
    with pytest.raises(footfall.StoreRefused, match="primary server"):
        engine_at(reading).track_many([visit(ALICE, 0)])


def test_a_job_that_is_refused_says_so_and_knocks_less_and_less_often(
    engine_at: OpenEngine, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = engine_at(postgres_url)
    run(postgres_url, "DROP SCHEMA footfall CASCADE")
    with caplog.at_level(logging.ERROR, "footfall"):
        engine.start("0.02s")
        assert eventually(lambda: "tried again in 4 s" in caplog.text)
        engine.stop()
    said = [one.getMessage() for one in caplog.records]
    assert len(said) <= 6  # of two jobs
    assert all("is refused and tried again in" in one and "restore a backup" in one for one in said)


@pytest.fixture(scope="module")
def asking(server: sa.URL) -> Iterator[str]:
    """PgBouncer before that server, which asks who comes."""
    at = server.render_as_string(hide_password=False)
    with Pooler(at, "transaction", users={"asked": "right", "ghost": "right", "kept_out": ""}) as pooler:
        yield pooler.url(at)


@pytest.mark.parametrize(
    ("user", "password", "database", "remedy"),
    [
        ("asked", "wrong", None, "check user and password"),
        ("unknown", "wrong", None, "check user and password"),
        ("asked", "right", "nowhere", "create the database first"),
        ("ghost", "right", None, "create the role"),
        ("asked", "right", "pgbouncer", "rules of the pooler"),
    ],
)
def test_a_pooler_that_lets_nobody_in_is_told_apart_from_one_that_is_away(
    asking: str, user: str, password: str, database: str | None, remedy: str
) -> None:
    assert remedy in refused(url_for(sa.make_url(asking), user, password, database))


def let_everybody_in(folder: Path) -> None:
    """Open the folders that pytest makes above one of a test's, also where it runs in several processes."""
    for above in folder.parents[:3]:
        if above != Path(tempfile.gettempdir()):
            above.chmod(above.stat().st_mode | 0o055)


@pytest.fixture(scope="module")
def encrypted(server: sa.URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """PgBouncer that speaks TLS only, with a certificate for localhost; its address, and the certificate."""
    folder = tmp_path_factory.mktemp("tls")
    folder.chmod(0o755)
    let_everybody_in(folder)
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    asked = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout {key} -out {certificate}"
    subprocess.run(["openssl", *asked.split()], check=True, capture_output=True)
    for file in (key, certificate):
        file.chmod(0o644)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = (
        f"listen_addr = 127.0.0.1\nclient_tls_sslmode = require\n"
        f"client_tls_key_file = {key}\nclient_tls_cert_file = {certificate}\n"
    )
    at = server.render_as_string(hide_password=False)
    with Pooler(at, "transaction", users={"asked": "right"}, settings=settings, port=port):
        yield f"postgresql://asked:right@127.0.0.1:{port}/{server.database}", certificate


def test_an_encryption_that_does_not_fit_is_told_of(encrypted: tuple[str, Path]) -> None:
    url, certificate = encrypted
    for query in ("sslmode=disable", "sslmode=verify-full&sslrootcert=system", "sslmode=verify-full&sslrootcert=/none"):
        assert "sslrootcert" in refused(f"{url}?{query}").split("; ")[-1]
    assert "does not match host name" in refused(f"{url}?sslmode=verify-full&sslrootcert={certificate}")


@pytest.mark.parametrize(
    ("made", "remedy"),
    [
        (lambda file: file.write_bytes(b"This is a text, and no database.\n" * 99), "is no SQLite database"),
        (lambda file: file.write_bytes(os.urandom(8_192)), "an encrypted one"),
        (lambda file: file.mkdir(), "it is no file"),
        (lambda file: os.mkfifo(file), "it is no file"),
    ],
    ids=["text", "encrypted", "folder", "pipe"],
)
def test_what_is_no_file_of_sqlite_is_told_of(tmp_path: Path, made: object, remedy: str) -> None:
    assert callable(made)
    made(tmp_path / "shop.db")
    assert remedy in refused(f"sqlite:///{tmp_path}/shop.db")


def test_a_folder_that_is_missing_or_may_not_be_used_is_named(tmp_path: Path) -> None:
    assert f"there is no folder {tmp_path}/none" in refused(f"sqlite:///{tmp_path}/none/shop.db")
    locked = tmp_path / "locked"
    locked.mkdir(0o700)
    tmp_path.chmod(0o555)
    let_everybody_in(tmp_path)
    with nobody():
        assert f"let it write the folder {tmp_path}" in refused(f"sqlite:///{tmp_path}/shop.db")
        assert "may not look into it" in refused(f"sqlite:///{locked}/inner/shop.db")


def test_a_file_that_is_damaged_is_told_of(engine_at: OpenEngine, sqlite_url: str) -> None:
    engine_at(sqlite_url).close()
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    first, size = file.read_bytes()[:4_096], file.stat().st_size
    file.write_bytes(first + b"\x07" * (size - len(first)))
    assert "restore a backup" in refused(sqlite_url)


def test_a_listen_url_that_leads_nowhere_is_shown_and_seldom_tried(
    engine_at: OpenEngine, postgres_url: str, postgres_template: str, server: sa.URL
) -> None:
    engine = engine_at(postgres_url, listen_url=url_for(server, "asked", "wrong"))
    assert "polling: " in engine.status().wakeups
    assert "check user and password" in engine.status().wakeups
    assert "wrong" not in engine.status().wakeups
    with engine.subscribe(after="start") as events:
        engine.track_many([visit(ALICE, 0)])
        assert next(events).uuid == str(ALICE)
    other = engine_at(postgres_url, listen_url=postgres_template)
    assert "leads to another database" in other.status().wakeups
    assert engine_at(postgres_url, listen_url=postgres_url).status().wakeups == "notifications"
