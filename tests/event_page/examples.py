"""An example of each action that somebody may send: what somebody did at a tea shop."""

from __future__ import annotations

from typing import Any

CUSTOMER = "3f2b8c1e-7a54-4b8e-9d3c-5e1f0a6b7c8d"
_TEA = {"sku": "T-100", "name": "Green tea"}
_SPRING = {"bannerId": "spring", "name": "Spring sale"}
_CAMPAIGN = {"id": "2026-spring", "title": "Fresh tea is here"}
SHOP = "https://shop.example"

EXAMPLES: dict[str, dict[str, Any]] = {
    "page.visit": {"url": f"{SHOP}/tea", "title": "Tea", "referrer": "https://search.example/"},
    "screen.view": {"name": "Basket"},
    "screen.click": {"name": "Pay", "screen": "Basket"},
    "button.click": {"text": "Sale", "url": f"{SHOP}/tea"},
    "link.click": {"text": "Our gardens", "href": f"{SHOP}/gardens", "url": f"{SHOP}/tea"},
    "banner.view": _SPRING,
    "banner.hover": {**_SPRING, "duration": 1400},
    "banner.click": {**_SPRING, "href": f"{SHOP}/sale"},
    "product.view": {**_TEA, "url": f"{SHOP}/tea/green"},
    "product.addToCart": {**_TEA, "quantity": 2, "price": 6.5, "currency": "EUR"},
    "product.removeFromCart": {**_TEA, "quantity": 1},
    "product.addToFavorite": _TEA,
    "product.removeFromFavorite": _TEA,
    "item.search": {"query": "green tea", "results": 12, "searchId": "s-81"},
    "item.searchClick": {**_TEA, "position": 3, "query": "green tea", "searchId": "s-81"},
    "client.applicationStarted": {"version": "4.2.0"},
    "push.click": _CAMPAIGN,
    "push.view": _CAMPAIGN,
    "client.location": {"lat": 50.0937, "lon": 14.4176, "accuracy": 25},
    "form.submit": {"form": "newsletter", "url": f"{SHOP}/news", "email": "a@shop.example"},
    "client.register": {"method": "email"},
    "client.login": {},
    "client.logout": {},
    "newsletter.open": _CAMPAIGN,
    "newsletter.click": {**_CAMPAIGN, "url": f"{SHOP}/tea"},
    "transaction.cancel": {"orderId": "order-1", "reason": "arrived too late"},
}

ORDER: dict[str, Any] = {
    "order_id": "order-1",
    "items": [{"sku": "T-100", "name": "Green tea", "quantity": 2, "price": 6.5}],
    "revenue": 13,
    "currency": "EUR",
}
