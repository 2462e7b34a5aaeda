"""Why a request is not answered as it wished: an error that becomes the answer."""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """The answer `{"code", "message", "detail"}` with its status and further headers. `code` is for programs,
    `message` for people; neither holds anything secret."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message, self.detail = status, code, message, detail
        self.headers = dict(headers or {})
