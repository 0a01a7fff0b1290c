"""The templates of the run's page. Its frame and its stylesheet are those of the command's pages."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from warden_local import paths

FOLDERS = (Path(__file__).parent / "templates", paths.ROOT / "crates" / "cli" / "src" / "pages")
TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDERS), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def render(name: str, **values: object) -> str:
    """Returns a filled template; every value is text, unless it is marked as HTML."""
    return TEMPLATES.get_template(name).render(**values)
