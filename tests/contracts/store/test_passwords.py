"""A password in a database URL is shown nowhere."""

from __future__ import annotations

import traceback

import pytest
import sqlalchemy as sa

import footfall
from tests.contracts.support import ALICE, OpenEngine, execute

SECRET = "hunter2"  # noqa: S105  # it opens nothing


def shown_by(error: BaseException) -> str:
    """All that a program that reports the error would print."""
    return "".join(traceback.format_exception(error))


def with_password(url: str) -> str:
    return sa.make_url(url).set(password=SECRET).render_as_string(hide_password=False)


def test_status_shows_no_password(postgres_url: str, engine_at: OpenEngine) -> None:
    shown = engine_at(with_password(postgres_url)).status().database
    assert SECRET not in shown
    assert str(sa.make_url(postgres_url).database) in shown


def test_status_shows_no_password_that_is_given_as_a_parameter(postgres_url: str, engine_at: OpenEngine) -> None:
    url = sa.make_url(postgres_url).update_query_dict({"password": SECRET}).render_as_string(hide_password=False)
    assert SECRET in url
    assert SECRET not in engine_at(url).status().database


def test_an_error_of_the_schema_shows_no_password(postgres_url: str, engine_at: OpenEngine) -> None:
    engine_at(postgres_url)
    execute(postgres_url, "UPDATE footfall.version SET version_num = '9999'")
    with pytest.raises(footfall.FootfallError) as caught:
        engine_at(with_password(postgres_url))
    assert SECRET not in shown_by(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:{SECRET}@127.0.0.1:1/name",
        f"postgresql://user:{SECRET}@127.0.0.1:1/name?nonsense=1",
        f"postgresql://127.0.0.1:1/name?user=user&password={SECRET}",
        f"postgresql://user:{SECRET}@host:port/name",
        f"postgresql://user:a@{SECRET}@127.0.0.1:1/name",
        f"postgresql://user:a@b:{SECRET}@127.0.0.1/name",
        f"mysql://user:{SECRET}@host/name",
        f"user:{SECRET}@host/name",
    ],
)
def test_an_error_on_opening_shows_no_password(engine_at: OpenEngine, url: str) -> None:
    with pytest.raises(footfall.FootfallError) as caught:
        engine_at(url)
    assert SECRET not in shown_by(caught.value).replace(repr(url), "")


def test_an_error_at_work_shows_no_password(
    postgres_url: str, engine_at: OpenEngine, caplog: pytest.LogCaptureFixture
) -> None:
    engine = engine_at(with_password(postgres_url))
    execute(postgres_url, "DROP TABLE footfall.log CASCADE")
    for call in (lambda: engine.track(ALICE, "page.visit", {"url": "/"}), engine.status, lambda: engine.profile(ALICE)):
        with pytest.raises(footfall.FootfallError) as caught:
            call()
        assert SECRET not in shown_by(caught.value)
    engine.start()
    engine.stop()
    assert SECRET not in caplog.text


@pytest.mark.parametrize("setting", ["FOOTFALL_LOCK_TIMEOUT", "FOOTFALL_PARTITIONS", "FOOTFALL_SESSION_TIMEOUT"])
def test_an_error_of_the_settings_shows_no_password(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv("FOOTFALL_DATABASE", f"postgresql://user:{SECRET}@127.0.0.1:1/name")
    monkeypatch.setenv(setting, "nonsense")
    with pytest.raises(footfall.FootfallError) as caught:
        footfall.open()
    assert SECRET not in shown_by(caught.value)
