"""What the processes of `forked` have loaded before they are forked."""

import tests.contracts.sharing.worker
import tests.end_to_end.cli.program  # noqa: F401
