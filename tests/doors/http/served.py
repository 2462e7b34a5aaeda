"""The door on the store that `FOOTFALL_DATABASE` names, for servers that import an app."""

import footfall

app = footfall.asgi(footfall.open(), failures_by_address=None)
