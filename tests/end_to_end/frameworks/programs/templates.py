"""Pages that Jinja2 and Django make of answers."""

from __future__ import annotations

import sys

import django
from django.conf import settings
from django.template import Context, Template
from jinja2 import Environment, StrictUndefined

import footfall
from tests.end_to_end.frameworks.programs.story import CUSTOMER, told

JINJA = """
{%- for visit in visits %}{{ visit.time.strftime("%d %b %Y %H:%M") }} {{ visit.title }}{% endfor %}
{%- if profile.current_session %} here{% else %} gone{% endif %}
{%- if result %} taken{% else %} {{ result.reason }}{% endif %} {{ profile.counts["page.visit"] }}"""
DJANGO = """
{%- for visit in visits %}{{ visit.time|date:"d M Y H:i" }} {{ visit.title }}{% endfor %}
{%- if profile.current_session %} here{% else %} gone{% endif %}
{%- if result %} taken{% else %} {{ result.reason }}{% endif %} {{ profile.identifiers.email }}""".replace("{%-", "{%")
SHOWN = "05 Mar 2026 12:30 Tea &amp; &lt;b&gt;more&lt;/b&gt; gone missing_parameter "


def main() -> None:
    """The same page from either."""
    settings.configure(USE_TZ=True, TIME_ZONE="UTC", TEMPLATES=[])
    django.setup()
    with told(footfall.open(sys.argv[1])) as engine:
        visits, profile = engine.page_visits(CUSTOMER, fresh=True), engine.profile(CUSTOMER)
        shown = {"visits": visits, "profile": profile, "result": engine.track(CUSTOMER, "page.visit")}
    jinja = Environment(autoescape=True, undefined=StrictUndefined).from_string(JINJA).render(**shown)
    assert jinja == f"{SHOWN}1", jinja
    engines = django.template.Engine()
    page = Template(DJANGO, engine=engines).render(Context(shown)).replace("\n", "")
    assert page == f"{SHOWN}a@shop.example", page
    print("done")  # noqa: T201


if __name__ == "__main__":
    main()
