"""Settings from the environment (`FOOTFALL_DATABASE`, …); an argument always goes before them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ..application.ports.errors import InvalidSettings
from ..application.ports.vocabulary import DEFAULT_BOUNDS
from ..domain import durations
from ..domain.errors import InvalidArgument
from ..domain.plain_words import what_is_wrong
from .database.naming import SCHEMA


def _written(duration: object) -> object:
    # Text of another form, such as PT10M, is left for pydantic to read.
    try:
        return timedelta(microseconds=durations.parse(duration))
    except InvalidArgument:
        return duration


_Wait = Annotated[timedelta, BeforeValidator(_written), Field(ge=timedelta(milliseconds=1), le=timedelta(hours=1))]


class Settings(BaseModel):
    """`database` says where the store is, on PostgreSQL in which schema `in_schema`, and `listen_url` where
    notifications come from if not from there; with `create` off no store is made where there is none, with `migrate`
    off nothing is created or upgraded; `partitions` and `session_timeout` count when a store is created;
    `rejections_kept` and `rejections_age` bound what is kept of refused events. A duration is `10m` or `PT10M`."""

    model_config = ConfigDict(extra="forbid")
    database: Annotated[str, Field(min_length=1)] = "sqlite:///footfall.db"
    partitions: Annotated[int, Field(ge=1, le=256)] = 16
    session_timeout: Annotated[timedelta, BeforeValidator(_written), Field(gt=timedelta(0), le=timedelta(days=365))] = (
        timedelta(minutes=30)
    )
    lock_timeout: _Wait | None = None
    statement_timeout: _Wait = timedelta(seconds=30)
    rejections_kept: Annotated[int, Field(ge=1, le=2**31)] = DEFAULT_BOUNDS.number
    rejections_age: Annotated[
        timedelta, BeforeValidator(_written), Field(gt=timedelta(0), le=timedelta(days=36_500))
    ] = timedelta(microseconds=DEFAULT_BOUNDS.age)
    listen_url: str | None = None
    in_schema: str = SCHEMA
    create: bool = True
    migrate: bool = True


VARIABLES = {name: f"FOOTFALL_{name.removeprefix('in_').upper()}" for name in Settings.model_fields}
"""The variable of the environment that each setting is read from, in capitals or not."""


def read_settings(**given: object) -> Settings:
    """Arguments that are not None, then the environment, then defaults. Raises `InvalidSettings`."""
    there = {variable.upper(): value for variable, value in os.environ.items()} | dict(os.environ)
    environment = {name: there[variable] for name, variable in VARIABLES.items() if variable in there}
    try:
        return Settings.model_validate(environment | {name: one for name, one in given.items() if one is not None})
    except ValidationError as error:
        problems = "; ".join(f"{_named(one['loc'], given)}: {what_is_wrong(one)}" for one in error.errors())
        raise InvalidSettings(f"settings are not valid: {problems}") from None


def _named(location: tuple[int | str, ...], given: Mapping[str, object]) -> str:
    # As it was said: by an argument, or by a variable of the environment.
    name = str(location[0])
    return VARIABLES.get(name, name) if given.get(name) is None else name.removeprefix("in_")
