"""What is secret in a form stays there: by the names of fields, by what they hold, and passwords that are shown."""

from __future__ import annotations

import pytest

from tests.end_to_end.browser.chromium import Tab
from tests.end_to_end.browser.collector import Collector
from tests.end_to_end.browser.outcomes import flushed
from tests.end_to_end.browser.pages import Site
from tests.end_to_end.browser.test_forms import form, submitted

LEFT_OUT_NAMES = """
    pass passcode passphrase kennwort motdepasse contrasena contraseña userPassword teampassword otp totp mfa_code
    tan one_time_code onetimecode verification_code verificationCode sms-code pin user_pin card_pin pinCode
    PIN_code creditcard credit_card ccnumber ccnum my_cc_number cc-name csc cvv2 expiry exp_month exp_year
    expdate kartennummer numero_tarjeta account_number accountNumber bankaccount bank_account sort_code
    routing_number iban bic kontonummer token access_token csrfToken clientSecret"""
HARMLESS_NAMES = """
    shipping shopping opinion passenger compass description hotproduct success accept expert experience company
    discard standard email postcode country_code promoCode phone message cc accountType captain"""

LEFT_OUT_VALUES = [
    *("4111.1111.1111.1111", "4111/1111/1111/1111", "4111\u00a01111\u00a01111\u00a01111", "+4111111111111111"),
    *("4111\u20091111\u20091111\u20091111", "4111 \u2013 1111 \u2013 1111 \u2013 1111", "4111\n1111\n1111\n1111"),
    *("my card is 4111 1111 1111 1111, thanks", "4111 1111 1111 1111 12/25 123", "378282246310005"),
    *("501800000009", "4222222222222", "6304000000000000000"),
    *("DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "to nl91 abna 0417 1643 00 please"),
]
HARMLESS_VALUES = [
    *("4111 1111 1111 1112", "+48 600 700 800", "2026-11-29 19:17:00", "1556474400000", "RR123456789DE", "DE123456789"),
    *("I was born in 1984 and have 2 cats", "12 Main Street, 12345 Springfield", "ada@shop.example", "27"),
]


def field(name: str, value: str = "v", kind: str = "text") -> str:
    """A tagged field under its own name."""
    return f'<input type="{kind}" name="{name}" value="{value}" data-footfall-field>'


def area(number: int, value: str) -> str:
    """A tagged field of several lines."""
    return f'<textarea data-footfall-field="f{number}">{value}</textarea>'


def test_fields_whose_names_speak_of_secrets_are_left_out(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", form("".join(map(field, f"{LEFT_OUT_NAMES} {HARMLESS_NAMES}".split()))))).click("#go")
    assert submitted(tab, collector) == [dict.fromkeys(HARMLESS_NAMES.split(), "v")]


def test_fields_that_hold_the_number_of_a_card_or_an_account_are_left_out(
    tab: Tab, site: Site, collector: Collector
) -> None:
    choices = (
        "<select multiple data-footfall-field='several'><option selected>a<option selected>4111 1111 1111 1111</select>"
    )
    number = field("whole", "6304000000000000000", "number") + field("small", "27", "number")
    areas = [area(number, value) for number, value in enumerate([*HARMLESS_VALUES, *LEFT_OUT_VALUES])]
    tab.open(site.add("/", form("".join(areas) + choices + number))).click("#go")
    told = {f"f{number}": value for number, value in enumerate(HARMLESS_VALUES)}
    assert submitted(tab, collector) == [{**told, "several": ["a", None], "small": 27}]


SHAPES = [
    "[{name: 'password', value: 'no'}, {name: 'email', value: 'a@shop.example'}]",
    "[['password', 'no'], ['email', 'a@shop.example']]",
    "(data => (data.append('password', 'no'), data.append('email', 'a@shop.example'), data))(new FormData())",
    "{email: 'a@shop.example', card: '4111111111111111', n: 4111111111111111, cvv: 1}",
]
NESTED = "{email: 'a@shop.example', billing: {iban: 'x', city: 'Kraków'}, numbers: ['a', '4111 1111 1111 1111']}"


def test_a_call_leaves_out_the_same_in_whatever_shape_fields_are(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/")).js("".join(f"footfall.sendForm('letter', {shape});" for shape in [*SHAPES, NESTED]))
    email = {"email": "a@shop.example"}
    assert submitted(tab, collector) == [email] * len(SHAPES) + [
        {**email, "billing": {"city": "Kraków"}, "numbers": ["a", None]}
    ]


SHOWN = {
    "another node": "const it = document.querySelector('[name=word]'), other = it.cloneNode(); other.type = 'text';"
    "it.replaceWith(other)",
    "a form that is out of the page": "const form = document.forms[0], body = form.parentNode; form.remove();"
    "form.word.type = 'text'; body.prepend(form)",
}


@pytest.mark.parametrize("how", SHOWN)
def test_a_password_is_one_however_it_is_shown(tab: Tab, site: Site, collector: Collector, how: str) -> None:
    fields = '<button type="button" id="show">Show</button>' + field("word", "no", "password") + field("y")
    tab.open(site.add("/", form(fields))).js(f"show.onclick = () => {{ {SHOWN[how]} }}")
    tab.click("#show")
    assert tab.js("return document.querySelector('[name=word]').type") == "text"
    tab.click("#go")
    assert submitted(tab, collector) == [{"y": "v"}]


def test_text_that_only_looks_like_a_password_is_one(tab: Tab, site: Site, collector: Collector) -> None:
    style = "<style>[name=word] { -webkit-text-security: disc }</style>"
    tab.open(site.add("/", form(field("word", "no") + field("y")), head=style)).click("#go")
    tab.js("footfall.sendForm('letter', {word: 'no', y: 1})")
    flushed(tab, collector)
    assert submitted(tab, collector) == [{"y": "v"}, {"y": 1}]
