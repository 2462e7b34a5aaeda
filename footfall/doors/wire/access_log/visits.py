"""What of a line is a page visit: a `GET` that was answered with a page; and which page."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from .escapes import Undo, text_of

_VERSION = re.compile(rb"(?:HTTP/)*\d(?:\.\d)?")
_WHOLE_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_TIME = re.compile(r"(\d{2})/([A-Z][a-z]{2})/(\d{4}):(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?: ([+-])(\d{2})(\d{2}))?")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_PAGE_STATUSES = {str(status).encode() for status in (*range(200, 300), 304)} - {b"204", b"205"}
"""An answer with content, or that the client has the page already; a redirect leads to the line of another request."""

_NO_PAGES = (
    "css less scss js mjs cjs map wasm htc "
    "png apng jpg jpeg jfif gif ico cur svg svgz webp avif heic heif bmp tif tiff jxl psd eps "
    "woff woff2 ttf ttc otf eot "
    "mp2 mp3 m4a m4b aac flac wav weba wma ogg oga opus mid midi "
    "mp4 m4v m4s ts 3gp webm ogv mov avi mkv mpg mpeg wmv asf flv f4v swf m3u8 mpd vtt srt glb gltf "
    "pdf ps doc docx xls xlsx ppt pptx odt ods odp rtf csv tsv epub mobi ics vcf "
    "zip gz tgz tar bz2 tbz2 xz txz zst lz4 7z rar cab exe msi msix dmg iso img pkg deb rpm apk jar bin torrent "
    "json jsonld ndjson geojson kml kmz gpx webmanifest manifest appcache xml xsl xsd dtd rss atom txt yaml yml"
)
_NO_PAGE = re.compile(rf"\.(?:{'|'.join(_NO_PAGES.split())})(?:;[^/]*)?\Z|\A/\.well-known/", re.IGNORECASE)


@lru_cache(4_096)
def moment_of(time: bytes) -> str:
    """The moment as ISO 8601; without an offset, as CherryPy writes it, it is UTC. Raises `ValueError`."""
    text = time.decode(errors="replace")
    parts = _TIME.fullmatch(text)
    try:
        if parts is not None and parts[2] in _MONTHS:
            return _moment(parts)
    except ValueError:
        pass  # there is no such day, hour or offset
    raise ValueError(f"{text!r:.40} is not a time of the combined log format")


def _moment(parts: re.Match[str]) -> str:
    ahead = timedelta(hours=int(parts[8] or 0), minutes=int(parts[9] or 0))
    zone = timezone(-ahead if parts[7] == "-" else ahead)
    day, year, hour, minute, second = map(int, parts.group(1, 3, 4, 5, 6))
    return datetime(year, _MONTHS[parts[2]], day, hour, minute, second, tzinfo=zone).isoformat()


def page_asked_for(request: bytes, status: bytes, undo: Undo) -> str | None:
    """The target of a request for a page that was answered with one, None for anything else. Raises `ValueError` where
    it cannot be told what was asked for."""
    if status not in _PAGE_STATUSES or not request.startswith(b"GET "):
        return None
    target, _, version = request[4:].rpartition(b" ")
    if _VERSION.fullmatch(version) is None:
        target = request[4:]  # HTTP/0.9 has no version
        if b" " in target:
            raise ValueError(f"{_shown(request)} ends with no version of HTTP, so that its target cannot be told")
    text = text_of(undo(target))
    if not text.startswith("/") and _WHOLE_URL.match(text) is None:
        raise ValueError(f"the target of {_shown(request)} neither begins with / nor is a whole url")
    return text if _is_page(text) else None


def _is_page(target: str) -> bool:
    # Not urlsplit: to it //favicon.ico is a host.
    whole = _WHOLE_URL.match(target)
    path = re.split(r"[?#]", target[whole.end() :] if whole else target, maxsplit=1)[0]
    return _NO_PAGE.search(path) is None


def url_of(target: str, site: str) -> str:
    """The url of a target: behind the site, or whole where the client, or a proxy, wrote it so. A whole one of the same
    host is of the site: whether it came by TLS is not known to who wrote it."""
    whole = _WHOLE_URL.match(target)
    if whole is None:
        return site + target
    path = target[whole.end() :]
    if not path.startswith("/"):
        path = "/" + path  # a whole url may leave out what a path is without (RFC 3986, 6.2.3)
    return (site if _authority(whole) == _authority(_WHOLE_URL.match(site)) else whole[0]) + path


def site_of(host: bytes) -> str:
    """The site of a virtual host: https on port 443, else http."""
    text = text_of(host)
    if text.endswith(":443"):
        return "https://" + text.removesuffix(":443")
    return "http://" + text.removesuffix(":80")


def _authority(whole: re.Match[str] | None) -> str | None:
    if whole is None:
        return None
    return whole[2].lower().removesuffix(_DEFAULT_PORTS.get(whole[1].lower(), ""))


def _shown(request: bytes) -> str:
    return f"{request.decode(errors='replace')!r:.80}"
