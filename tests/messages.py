"""What the source asks to be translated, and the catalogues that hold the translations.

One catalogue an app. The one of ``api`` also holds what people read of the libraries and what these leave in
English themselves. ``python -m tests.messages`` brings the catalogues up to date with the source.
"""

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import django
import rest_framework
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

APPS = ("inspections", "api")
LANGUAGE = "vi"
_ROOT = Path(__file__).parent.parent
_HEADER = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: vi\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
_KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}

Key = tuple[str | None, str]
"""A message's context and its msgid, in the singular."""

# What Django says in Vietnamese, but not as one would say it.
_REPHRASED = frozenset(
    {
        " By %(filter_title)s ",
        "Add %(name)s",
        "Add",
        (
            'Are you sure you want to delete the %(object_name)s "%(escaped_object)s"? '
            "All of the following related items will be deleted:"
        ),
        "Delete?",
        "Enter a whole number.",
        "Models in the %(name)s application",
        "No, take me back",
    }
)


def _extract_template(
    file: IO[bytes], keywords: Mapping[str, Any], tags: list[str], options: Any
) -> Iterator[Any]:
    """Extract from a template as Django does: its tags become calls, everything else noise."""
    calls = templatize(file.read().decode())
    # What is left of the indentation means nothing, but would not be Python.
    level = "\n".join(line.lstrip() for line in calls.splitlines())
    return extract_python(BytesIO(level.encode()), keywords, tags, options)


_OWN = [("**.py", "python"), ("templates/**.html", _extract_template)]
# The parts of the libraries whose sentences reach people.
_FOREIGN: list[tuple[Path, list[tuple[str, Any]]]] = [
    (
        Path(django.__path__[0]),
        [
            ("contrib/admin/models.py", "ignore"),
            ("contrib/admin/**.py", "python"),
            ("contrib/admin/templates/admin/auth/**", "ignore"),
            ("contrib/admin/templates/registration/**", "ignore"),
            ("contrib/admin/templates/**.html", _extract_template),
            ("contrib/auth/password_validation.py", "python"),
            ("core/validators.py", "python"),
            ("db/models/constraints.py", "python"),
            ("forms/**.py", "python"),
        ],
    ),
    (
        Path(rest_framework.__path__[0]),
        [
            ("exceptions.py", "python"),
            ("fields.py", "python"),
            ("serializers.py", "python"),
            ("validators.py", "python"),
        ],
    ),
]


def key(message: Message) -> Key:
    """Return what a message is looked up by."""
    context: str | bytes | None = message.context
    # Babel leaves the contexts of a compiled catalogue undecoded.
    decoded = context.decode() if isinstance(context, bytes) else context
    return decoded, message.id if isinstance(message.id, str) else message.id[0]


def catalogue_path(app: str) -> Path:
    """Return where an app's translations stand."""
    return _ROOT / app / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def read_catalogue(app: str) -> Catalog:
    """Return an app's translations as they stand."""
    with catalogue_path(app).open("rb") as file:
        return read_po(file, LANGUAGE)


def extract(app: str) -> Catalog:
    """Return what an app asks to be translated, without translations."""
    found = Catalog(LANGUAGE)
    _collect(found, _ROOT / app, _OWN, known=set())
    if app == "api":
        for root, parts in _FOREIGN:
            _collect(found, root, parts, known=_translated(root))
    return found


def _collect(found: Catalog, root: Path, parts: list[tuple[str, Any]], *, known: set[Any]) -> None:
    for _file, _line, id_, _comments, context in extract_from_dir(
        root, method_map=parts, keywords=_KEYWORDS
    ):
        if (context, id_) not in known or id_ in _REPHRASED:
            found.add(id_, context=context)


def _translated(library: Path) -> set[Any]:
    """Return what a library says in our language without our help, plural forms and all."""
    known = set()
    for path in library.rglob(f"locale/{LANGUAGE}/LC_MESSAGES/django.mo"):
        with path.open("rb") as file:
            for message in read_mo(file):
                id_ = message.id if isinstance(message.id, str) else tuple(message.id)
                known.add((key(message)[0], id_))
    return known


def update(app: str) -> None:
    """Rewrite an app's catalogue: add what is new in the source, drop what is gone, keep the rest."""
    path = catalogue_path(app)
    before = read_catalogue(app) if path.exists() else Catalog(LANGUAGE)
    catalogue = extract(app)
    for message in catalogue:
        old = before.get(message.id, message.context)
        if old is not None and message.id:
            message.string = old.string
    text = BytesIO()
    write_po(text, catalogue, no_location=True, omit_header=True, sort_output=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_HEADER.encode() + text.getvalue().rstrip() + b"\n")


if __name__ == "__main__":
    for name in APPS:
        update(name)
