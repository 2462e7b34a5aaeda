"""Definitions that are copied, or come from another process."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable

import pytest

from footfall.domain.admission_rules import check_params
from footfall.domain.definition import Definition, Parameter, ParameterType
from footfall.domain.errors import Rejected

COPIES: list[Callable[[Definition], Definition]] = [
    copy.copy,
    copy.deepcopy,
    dataclasses.replace,
    lambda definition: pickle.loads(pickle.dumps(definition)),  # noqa: S301  # of ours
]


@pytest.mark.parametrize("copied", COPIES)
def test_a_copy_checks_what_the_definition_checks(copied: Callable[[Definition], Definition]) -> None:
    definition = Definition("cart.add", "Cart", parameters={"sku": Parameter(ParameterType.STRING, required=True)})
    other = copied(definition)
    assert other == definition
    check_params(other, {"sku": "A-1"})
    with pytest.raises(Rejected, match="sku"):
        check_params(other, {})
