"""The uuid that an identifier gives is the one that the seed product documents."""

from uuid import UUID

import footfall


def test_the_known_vector() -> None:
    known = UUID("345d4c8f-5aff-591d-a19c-1ca48923d9ee")
    assert footfall.customer_uuid("customer@synerise.com", "someString") == known
    assert footfall.customer_uuid("customer@synerise.com", "") != known
