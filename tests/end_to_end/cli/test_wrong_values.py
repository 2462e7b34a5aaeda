"""Values that no option takes are told in one line, which says what it takes."""

from __future__ import annotations

import pytest

from tests.end_to_end.cli.program import Program


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("ingest", "access.log", "--format", "ngnix"),
            ("--format: 'ngnix' ", "'combined', 'vhost_combined', 'nginx'"),
        ),
        (("ingest", "a.jsonl", "--times", "minutes"), ("--times: 'minutes' ", "'seconds', 'milliseconds'")),
        (("define", "basket.fill", "--access", "anyone"), ("--access: 'anyone' ", "'anonymous_with_jwt', 'anonymous'")),
        (("profiles", "--limit", "many"), ("--limit: 'many' is no whole number",)),
        (("rejected", "--limit", "0"), ("--limit: '0' is less than 1",)),
        (("rebuild", "--workers", "1.5"), ("--workers: '1.5' is neither auto nor a whole number from 1 on",)),
        (("keys", "create", "shop", "--rate", "x"), ("--rate: 'x' is no whole number",)),
        (("serve", "--trusted-proxy", "10.0.0.0/33"), ("--trusted-proxy: '10.0.0.0/33' ", "write 10.0.0.7")),
        (("serve", "--trusted-proxy", "proxy.local"), ("--trusted-proxy: 'proxy.local' ",)),
        (("serve", "--root-path", "footfall"), ("--root-path", "with a slash: /footfall")),
        (("serve", "--address", "hashed"), ("FOOTFALL_ADDRESS_KEY in hex",)),
    ],
)
def test_a_value_that_an_option_does_not_take(
    on_sqlite: Program, arguments: tuple[str, ...], told: tuple[str, ...]
) -> None:
    outcome = on_sqlite(*arguments)
    (line,) = outcome.err.splitlines()
    assert (outcome.status, outcome.out) == (2, "")
    assert line.startswith("error: ")
    assert all(one in line for one in told), line
