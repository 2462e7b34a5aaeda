"""What an ASGI server and an ASGI app say to each other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
HeaderLines = Sequence[tuple[bytes, bytes]]
"""Headers as they are sent, their names in lower case."""
WHOLE_BODY = "footfall.whole_body"
"""An extension of `footfall serve`: the body has come, so that to `receive` it waits for nothing."""
App = Callable[[Scope, Receive, Send], Awaitable[None]]
