"""What the processes of `forked` have loaded before they are forked."""

import tests.contracts.sharing.worker  # noqa: F401
