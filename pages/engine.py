"""The engine of every page: templates, with style and script in the page, and a rule that nothing is fetched.

Here: Jinja2 as pages need it, and the page's content security policy. Not here: what any page says.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pages.numbers import day


def render(template: str, scripts: tuple[str, ...], **shown: Any) -> str:
    """A whole page.

    Args:
        template: file of ``pages/templates``.
        scripts: files of ``pages/templates`` that the page runs, in order.
        shown: what the template is given.
    """
    style, script = _text("page.css"), "\n".join(_text(name) for name in scripts)
    policy = f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}"
    page = _environment().get_template(template)
    return page.render(style=Markup(style), script=Markup(script), policy=Markup(policy), **shown)  # noqa: S704


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {"day": day, "markup": Markup}
    return environment


@cache
def _text(name: str) -> str:
    """A style or script, that cannot end its own element."""
    text = files("pages").joinpath("templates", name).read_text(encoding="utf-8")
    if "</" in text:
        raise ValueError(f"{name} holds '</', which would end its element in the page")
    return f"\n{text}"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
