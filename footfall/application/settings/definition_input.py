"""A definition as a person writes it, checked before it reaches the catalogue."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ...domain.builtin import BUILT_IN
from ...domain.catalogue import Catalogue
from ...domain.definition import Definition, Parameter, ParameterType
from ...domain.errors import InvalidDefinition
from ...domain.plain_words import what_is_wrong
from ...domain.sender import Access

_Text = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[^\x00]*$")]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]+$")]


class ParameterInput(BaseModel):
    """A parameter's type and whether it is required."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")
    type: ParameterType
    required: bool = False


class DefinitionInput(BaseModel):
    """What is said about an action; what is left out stays as it is, or is given its default."""

    model_config = ConfigDict(extra="forbid")
    action: str
    label: _Text | None = None
    description: _Text | None = None
    parameters: Annotated[dict[_Name, ParameterInput], Field(max_length=200)] | None = None
    access: Access | None = None
    session_activity: bool | None = None
    bots_in_sessions: bool | None = None

    def apply(self, catalogue: Catalogue) -> Definition:
        """The whole definition that is wanted, on the ground of the one that is known or else built in."""
        known = catalogue.get(self.action, BUILT_IN.get(self.action))
        access = self.access or (known.access if known else Access.SERVER)
        is_activity = self.session_activity
        if is_activity is None:
            is_activity = known.session_activity if known else access is not Access.SERVER
        bots = self.bots_in_sessions
        if bots is None:
            bots = known.bots_in_sessions if known else access is Access.SERVER
        parameters = known.parameters if known else {}
        if self.parameters is not None:
            given = {name: Parameter(one.type, one.required) for name, one in self.parameters.items()}
            parameters = {**parameters, **given} if known and known.built_in else given
        return Definition(
            action=self.action,
            label=self.label if self.label is not None else known.label if known else self.action,
            description=self.description if self.description is not None else known.description if known else "",
            parameters=parameters,
            access=access,
            session_activity=is_activity,
            built_in=known is not None and known.built_in,
            bots_in_sessions=bots,
        )


def read_definition(**fields: object) -> DefinitionInput:
    """Check what a person wrote. Raises `InvalidDefinition` that names each field in error."""
    try:
        return DefinitionInput.model_validate(fields)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc']))}: {what_is_wrong(one)}" for one in error.errors())
        raise InvalidDefinition(f"the definition of {fields.get('action')!r} is not valid: {problems}") from None
