"""Wrong use is told in one line, which says what to do; of a value that no option takes, what it takes."""

from __future__ import annotations

import re

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
        (("define", "basket.fill", "--param", "n:integer", "--param", "n:string"), ("--param: 'n' is said twice",)),
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


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["stats", "--nonsense"], "no such option: --nonsense. See `footfall stats --help`"),
        (["sessions", "--limit"], "option '--limit' requires an argument."),
        (["stats", "more"], "got unexpected extra argument(s) (more). See `footfall stats --help`"),
        (["profile"], "missing argument UUID. See `footfall profile --help`"),
        (["what-if"], "missing option --timeout. See `footfall what-if --help`"),
        (["verfy"], "no such command 'verfy'. Did you mean 'verify'? See `footfall --help`"),
        (["trust", "a.pem"], "an issuer is trusted by all three: a FILE of its keys, --issuer and --audience"),
        (
            ["keys", "create", "a", "--scope", "read"],
            "--scope: a public key has no scopes: it sends events, and no more",
        ),
        (["--database", "sqlite:///a.db", "stats"], "options come behind the command: `footfall stats --database …`"),
        (["--database=sqlite:///a.db", "stats"], "options come behind the command: `footfall stats --database …`"),
        (["-d", "sqlite:///a.db"], "options come behind the command: `footfall COMMAND -d …`"),
        (["keys", "--server", "create"], "options come behind the command: `footfall keys create --server …`"),
        (
            ["keys", "list"],
            (
                "footfall keys has no command 'list': `footfall keys` by itself lists them; "
                "there are also `footfall keys create`, `footfall keys rotate`, `footfall keys revoke`"
            ),
        ),
    ],
)
def test_wrong_use_is_told_with_what_to_do(on_sqlite: Program, arguments: list[str], told: str) -> None:
    outcome = on_sqlite.alone(*arguments)
    said = re.sub(r"python -m [\w.]+", "footfall", outcome.err)  # by whatever name it is called
    assert (outcome.status, outcome.out, said) == (2, "", f"error: {told}\n")
