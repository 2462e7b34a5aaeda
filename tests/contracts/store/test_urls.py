"""Every spelling of a database URL is taken for what it means, or answered with the right form of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

import footfall
from footfall.infrastructure.database.url import parse, shown
from tests.contracts.support import ALICE, OpenEngine, visit


def refused(url: str) -> str:
    """What is said of a URL that nothing can be made of."""
    with pytest.raises(footfall.FootfallError) as caught:
        parse(url)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:/// ",
        "sqlite:///:memory:",
        "sqlite:///%3Amemory%3A",
        "sqlite:///file:m?mode=memory&uri=true",
        "sqlite:///file:m?mode=memory",
        "sqlite:///m?mode=memory",
        "sqlite:///file:m?mode=memory&cache=shared&uri=true",
        "sqlite:///file::memory:?uri=true",
        "sqlite:///file::memory:",
        "sqlite:///file:?uri=true",
        "sqlite:///file:",
        "sqlite:///file:/m?vfs=memdb&uri=true",
        "sqlite://?mode=memory",
    ],
)
def test_nothing_lasts_in_memory(url: str) -> None:
    assert "in memory would be gone" in refused(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://shop.db", "perhaps sqlite:///shop.db"),
        ("sqlite://dir/shop.db", "perhaps sqlite:///dir/shop.db"),
        ("sqlite:shop.db", "perhaps sqlite:///shop.db"),
        ("sqlite:/srv/shop.db", "perhaps sqlite:////srv/shop.db"),
        ("sqlite://C:\\shop.db", "perhaps sqlite:///C:\\shop.db"),
        ("sqlite:///C:\\shop\\shop.db", "a path of Windows"),
        ("sqlite:///C:/shop/shop.db", "a path of Windows"),
        ("sqlite:///~/shop.db", "~ stands for no folder"),
        ("sqlite:///a?b.db", "written as %3F"),
        ("sqlite:///shop.db?nonsense=1", "and not nonsense"),
        ("sqlite:///shop.db?timeout=5", "FOOTFALL_LOCK_TIMEOUT"),
        ("sqlite:///file:shop.db?immutable=1&uri=true", "not immutable"),
        ("sqlite:///file:shop.db?nolock=1&uri=true", "not nolock"),
        ("sqlite:///shop.db?mode=wr", "one of ro, rw, rwc"),
        ("sqlite:///a%00b.db", "NUL"),
        ("shop.db", "must look like sqlite:///shop.db"),
        ("", "must look like"),
        ("host=/tmp dbname=shop", "must look like"),
        ("postgresql://u@localhost:port/shop", "must look like"),
        ("postgresql://u@h/shop?nonsense=1", 'invalid connection option "nonsense"'),
        ("postgresql+asyncpg://u@h/shop", "not postgresql+asyncpg://"),
    ],
)
def test_what_can_be_meant_in_no_way_is_answered_with_the_right_form(url: str, said: str) -> None:
    assert said in refused(url)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("my shop.db", "my shop.db"),
        ("my%20shop.db", "my shop.db"),
        ("100%.db", "100%.db"),
        ("100%25.db", "100%.db"),
        ("a%3Fb.db", "a?b.db"),
        ("a#b.db", "a#b.db"),
        ("a,b@c.db", "a,b@c.db"),
    ],
)
def test_a_file_may_have_any_name(tmp_path: Path, engine_at: OpenEngine, written: str, name: str) -> None:
    engine = engine_at(f"sqlite:///{tmp_path}/{written}")
    assert (tmp_path / name).exists()
    engine_at(engine.status().database)
    views = f"{name.removesuffix('.db')}.views.db"
    files = {f"{one}{end}" for one in (name, views) for end in ("", "-wal", "-shm")}
    assert {file.name for file in tmp_path.iterdir()} == files


@pytest.mark.parametrize("form", ["file:{}?uri=true&mode=ro", "file:{}?mode=ro", "{}?mode=ro", "file://{}?mode=ro"])
def test_a_store_that_is_opened_to_be_read_is_read_and_not_written(
    sqlite_url: str, engine_at: OpenEngine, form: str
) -> None:
    writer = engine_at(sqlite_url)
    writer.track_many([visit(ALICE, 0)])
    writer.catch_up()
    reader = engine_at(f"sqlite:///{form.format(sqlite_url.removeprefix('sqlite:///'))}")
    assert reader.stats().page_visits == reader.profile(ALICE).events == 1
    with pytest.raises(footfall.StoreRefused, match="may only be read"):
        reader.track_many([visit(ALICE, 1)])


def test_a_mode_that_creates_nothing_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(footfall.StoreRefused, match="is not there"):
        footfall.open(f"sqlite:///{tmp_path}/shop.db?mode=rw")
    assert list(tmp_path.iterdir()) == []


def test_a_socket_is_named_as_libpq_has_it(postgres_url: str, engine_at: OpenEngine) -> None:
    server = sa.make_url(postgres_url)
    folder = str(server.query["host"]).replace("/", "%2F")
    port = server.query.get("port", "5432")
    for url in (
        f"postgresql://{server.username}@{folder}/{server.database}?port={port}",
        f"postgres://{server.username}@/{server.database}?host={folder}&port={port}",
        f"postgresql://{server.username}@%2Fnowhere:1,{folder}:{port}/{server.database}",
        f" POSTGRESQL://{server.username}@{folder}:{port}/{server.database}\n",
    ):
        engine = engine_at(url)
        engine_at(engine.status().database)  # what is shown leads there again


@pytest.mark.parametrize("password", ["p@ss", "a,b", "a/b", "a?b=c", "a:b", "a#b", "a%b", "a&b"])
def test_a_password_in_its_written_form_reaches_libpq_and_is_not_shown(password: str) -> None:
    written = sa.URL.create("postgresql", "u", password, "h1", database="shop").render_as_string(hide_password=False)
    for url in (written, written.replace("@h1", "@h1,h2:7")):
        parsed = parse(url)
        assert parsed.password == password
        assert password not in shown(parsed)
    assert (parsed.query["host"], parsed.query["port"]) == ("h1,h2", ",7")


def test_a_password_that_is_cut_by_its_own_characters_is_not_shown() -> None:
    assert "secret" not in refused("postgresql://u@h/shop?password=my&secret=1")


@pytest.mark.parametrize("written", ["postgresql://ann@db:5433/shop", "postgres://ann@db:5433/shop"])
def test_a_url_is_shown_as_it_is_written(written: str) -> None:
    assert shown(parse(written)) == "postgresql://ann@db:5433/shop"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("FOOTFALL_DATABASE", ""), ("FOOTFALL_LOCK_TIMEOUT", "5"), ("FOOTFALL_CREATE", "so")],
)
def test_a_setting_that_is_wrong_is_named_as_it_was_said(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(footfall.InvalidSettings, match=f"valid: {variable}: "):
        footfall.open()


def test_a_listen_url_that_is_wrong_is_told_from_the_database(sqlite_url: str) -> None:
    with pytest.raises(footfall.InvalidDatabase, match="listen_url: "):
        footfall.open(sqlite_url, listen_url="nowhere")
    with pytest.raises(footfall.InvalidSettings, match="valid: partitions: "):
        footfall.open(sqlite_url, partitions=0)
