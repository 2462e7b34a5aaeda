"""Parameters for `Engine.define`, by type: `footfall.Integer(required=True)`."""

from functools import partial

from ..domain.definition import Parameter, ParameterType

String = partial(Parameter, ParameterType.STRING)
Integer = partial(Parameter, ParameterType.INTEGER)
Number = partial(Parameter, ParameterType.NUMBER)
Boolean = partial(Parameter, ParameterType.BOOLEAN)
Timestamp = partial(Parameter, ParameterType.TIMESTAMP)
Object = partial(Parameter, ParameterType.OBJECT)
Array = partial(Parameter, ParameterType.ARRAY)
