"""Page visits from the lines of an access log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID

from ....domain.actions import PAGE_VISIT
from ....domain.derived_id import derived_id
from ....engine.arguments import Line
from ..ordinals import Ordinals
from .dialects import Dialect
from .escapes import text_of
from .fields import Fields, fields_of
from .reasons import why_unparsed
from .visits import moment_of, page_asked_for, site_of, url_of

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class AccessLog(NamedTuple):
    """A format, and what its lines do not say: the `site` that goes before each target, and a `salt` that goes before
    what names a customer. `former_ids` gives events the ids that an older Footfall gave them."""

    dialect: Dialect
    site: str = ""
    salt: str = ""
    former_ids: bool = False

    def read(self, lines: Iterable[tuple[int, bytes]], ordinals: Ordinals) -> Iterator[Line]:
        """Page visits from numbered lines.

        The customer is derived from address and user agent, the event id from the site, the line, and its ordinal among
        identical ones: importing a file again adds nothing.
        """
        for number, raw in lines:
            line = raw.removeprefix(_BYTE_ORDER_MARK)
            try:
                visit = self._visit(line)
            except ValueError as error:
                yield Line(number, problem=str(error))
                continue
            if visit is not None:
                visit["event_id"] = str(self._event_id(line, ordinals))
            yield Line(number, visit)

    def customer_in(self, raw: bytes) -> UUID | None:
        """The customer that a line would be of, were it a page visit; None where it is not of the format."""
        fields = fields_of(raw.removeprefix(_BYTE_ORDER_MARK), self.dialect)
        return None if fields is None else self._customer(fields)

    def _visit(self, line: bytes) -> dict[str, Any] | None:
        fields = fields_of(line, self.dialect)
        if fields is None:
            raise ValueError(why_unparsed(line, self.dialect))
        moment = moment_of(fields.time)
        target = page_asked_for(fields.request, fields.status, self.dialect.undo)
        if target is None:
            return None
        params = {"url": url_of(target, self.site or (site_of(fields.host) if fields.host else ""))}
        if fields.referrer not in (b"", b"-"):
            params["referrer"] = text_of(self.dialect.undo(fields.referrer))
        return {"uuid": str(self._customer(fields)), "action": PAGE_VISIT, "time": moment, "params": params}

    def _customer(self, fields: Fields) -> UUID:
        # The agent is its bytes: servers spell them in different ways.
        salt, agent = self.salt.encode(errors="surrogateescape"), self.dialect.undo(fields.agent)
        return derived_id(NAMESPACE_URL, b"%s%s %s" % (salt, fields.address.name, agent))

    def _event_id(self, line: bytes, ordinals: Ordinals) -> UUID:
        text = _in_utf8(line)
        told_apart = b"" if self.former_ids or not self.site else self.site.encode(errors="surrogateescape") + b"\n"
        return derived_id(NAMESPACE_URL, b"%s%s %d" % (told_apart, text, ordinals.next(text)))


def _in_utf8(line: bytes) -> bytes:
    try:
        line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1").encode()
    return line
