"""The actions that every catalogue starts with, as a table.

A parameter is written as `NAME:TYPE`, and as `NAME:TYPE!` where it is required. What a later version adds to an action
that is here already is never required: events that were right stay right.
"""

from __future__ import annotations

from .actions import (
    CLIENT_LOGIN,
    PAGE_VISIT,
    PRODUCT_BUY,
    SESSION_END,
    SESSION_REVISE,
    SESSION_START,
    TRANSACTION_CHARGE,
)
from .definition import BOT, Definition, Parameter, ParameterType
from .sender import Access

PAGE_FACTS = frozenset({"browser", "device", "language", "address", BOT})
"""What a door that page visits come through adds to them, by its own knowledge of who asked."""

_FACTS = f"browser:string device:string language:string address:string {BOT}:boolean"
_CAMPAIGN = "utmSource:string utmMedium:string utmCampaign:string utmTerm:string utmContent:string"
_PRODUCT = "sku:string! name:string price:number currency:string url:string"
_IN_CART = "sku:string! quantity:number! name:string price:number currency:string url:string"
_BANNER = "bannerId:string name:string url:string"
_MESSAGE = "id:string! title:string campaignName:string variantId:string"
_SESSION = "sessionId:string startedAt:timestamp lastActivityAt:timestamp"

_Row = tuple[str, str, str, str]
"""Action, label, parameters, description."""

# What somebody does on a page or in an app. It counts as session activity, unless it is a bot that does it. What tagged
# elements of a page send needs nothing: nobody would see there that something was left out.
_ANONYMOUS: tuple[_Row, ...] = (
    (
        PAGE_VISIT,
        "Visited page {{title}}",
        f"url:string! title:string referrer:string {_CAMPAIGN} {_FACTS}",
        "A page was shown. The tracker sends it by itself.",
    ),
    ("screen.view", "Viewed screen {{name}}", "name:string", "A screen of an app was shown."),
    ("screen.click", "Clicked {{name}}", "name:string! screen:string", "Something on a screen of an app was touched."),
    ("button.click", "Clicked {{text}}", "text:string url:string", "A button on a page was clicked."),
    (
        "link.click",
        "Clicked link {{text}}",
        "text:string href:string url:string",
        "A link was clicked: href is where it leads, url the page that it is on.",
    ),
    ("banner.view", "Saw banner {{name}}", _BANNER, "A banner came into view."),
    (
        "banner.hover",
        "Hovered over banner {{name}}",
        f"{_BANNER} duration:number",
        "The pointer rested on a banner, for so many milliseconds.",
    ),
    ("banner.click", "Clicked banner {{name}}", f"{_BANNER} href:string", "A banner was clicked."),
    (
        "product.view",
        "Viewed product {{name}}",
        "sku:string name:string url:string",
        "A product was looked at.",
    ),
    ("product.addToCart", "Added {{name}} to the cart", _IN_CART, "Pieces of a product were put into the cart."),
    (
        "product.removeFromCart",
        "Removed {{name}} from the cart",
        _IN_CART,
        "Pieces of a product were taken out of the cart.",
    ),
    ("product.addToFavorite", "Added {{name}} to the favorites", _PRODUCT, "A product was marked as a favorite."),
    (
        "product.removeFromFavorite",
        "Removed {{name}} from the favorites",
        _PRODUCT,
        "A product is no favorite any more.",
    ),
    (
        "item.search",
        "Searched for {{query}}",
        "query:string! results:integer searchId:string url:string",
        "Something was searched for; results is how many were found.",
    ),
    (
        "item.searchClick",
        "Clicked search result {{name}}",
        "sku:string! position:integer name:string query:string searchId:string url:string",
        "A result of a search was clicked; position counts from 1.",
    ),
    ("client.applicationStarted", "Started application", "version:string", "An app was started."),
    ("push.click", "Clicked message {{title}}", _MESSAGE, "A push message was clicked on the device."),
)

# What a device reports while perhaps nobody looks at it: it opens no session and prolongs none.
_BY_ITSELF: tuple[_Row, ...] = (
    ("push.view", "Shown message {{title}}", _MESSAGE, "A push message was shown on the device."),
    (
        "client.location",
        "Was at {{lat}}, {{lon}}",
        "lat:number! lon:number! accuracy:number",
        "An app found out where the device is: degrees, and accuracy in metres.",
    ),
)

_WITH_JWT: tuple[_Row, ...] = (
    (
        "form.submit",
        "Submitted form {{form}}",
        "form:string url:string",
        "A form was sent; its tagged fields are further parameters.",
    ),
    ("client.register", "Registered", "method:string url:string", "An account was made."),
)

_AUTHENTICATED: tuple[_Row, ...] = (
    (CLIENT_LOGIN, "Logged in", "", "The customer logged in."),
    ("client.logout", "Logged out", "", "The customer logged out."),
)

# What the backend knows, or the mail provider tells it: mail programs open newsletters and links by themselves.
_SERVER: tuple[_Row, ...] = (
    ("newsletter.open", "Opened newsletter {{title}}", _MESSAGE, "A newsletter was opened."),
    (
        "newsletter.click",
        "Clicked a link in newsletter {{title}}",
        f"{_MESSAGE} url:string!",
        "A link in a newsletter was clicked: url is where it leads.",
    ),
    (
        TRANSACTION_CHARGE,
        "Order {{orderId}}",
        "orderId:string! items:array! revenue:number currency:string",
        "An order. It comes from the transactions call only.",
    ),
    (
        PRODUCT_BUY,
        "Bought {{name}}",
        "orderId:string! sku:string! name:string quantity:number price:number currency:string",
        "An item of an order. It comes from the transactions call only.",
    ),
    (
        "transaction.cancel",
        "Cancelled order {{orderId}}",
        "orderId:string! reason:string revenue:number currency:string",
        "An order was cancelled; what was recorded of it stays.",
    ),
    (SESSION_START, "Started session", _SESSION, "A session began. The engine writes it."),
    (SESSION_END, "Session end", _SESSION, "A session timed out. The engine writes it."),
    (
        SESSION_REVISE,
        "Session revised",
        f"{_SESSION} replaces:array",
        "A late event changed sessions that were announced. The engine writes it.",
    ),
)


def _definitions(rows: tuple[_Row, ...], access: Access, *, counts: bool) -> dict[str, Definition]:
    by_client = access is not Access.SERVER
    return {
        action: Definition(
            action,
            label,
            description,
            _parameters(written) | ({BOT: Parameter(ParameterType.BOOLEAN)} if by_client else {}),
            access,
            session_activity=counts,
            built_in=True,
            bots_in_sessions=not by_client,
        )
        for action, label, written, description in rows
    }


def _parameters(written: str) -> dict[str, Parameter]:
    pairs = (one.split(":") for one in written.split())
    return {name: Parameter(ParameterType(kind.rstrip("!")), kind.endswith("!")) for name, kind in pairs}


BUILT_IN: dict[str, Definition] = {
    **_definitions(_ANONYMOUS, Access.ANONYMOUS, counts=True),
    **_definitions(_BY_ITSELF, Access.ANONYMOUS, counts=False),
    **_definitions(_WITH_JWT, Access.ANONYMOUS_WITH_JWT, counts=True),
    **_definitions(_AUTHENTICATED, Access.AUTHENTICATED, counts=True),
    **_definitions(_SERVER, Access.SERVER, counts=False),
}
