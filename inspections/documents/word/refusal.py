"""Why a file is not read as an edited draft: a stable code, and a sentence that says what to do."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inspections.errors import InvalidInput

SENTENCES: Final[Mapping[str, Promise]] = {
    "docx_not_docx": _(
        "This is no Word document (.docx). Open it in Word and save it as Word document (*.docx)."
    ),
    "docx_damaged": _("The Word document is damaged. Open it in Word and save it again."),
    "docx_protected": _(
        "The Word document is protected by a password. Save it without one and upload it again."
    ),
    "docx_too_large": _(
        "The Word document unpacks to far more than a paper has. Remove what was embedded in it."
    ),
    "docx_too_long": _("The Word document holds more text than a paper can."),
    "docx_macros": _("The Word document holds macros. Save it as Word document (*.docx) without."),
    "docx_external": _(
        "The Word document refers to something outside it: a link, a picture or a template. Remove the link"
        " (Ctrl+Shift+F9) or the template and upload it again."
    ),
    "docx_embedded": _(
        "Another file or a control is embedded in the Word document. Remove it and upload again."
    ),
    "docx_doctype": _(
        "The Word document declares entities, which Word never does. It is not read."
    ),
    "docx_tracked": _(
        "The Word document holds tracked changes. Accept or reject them all in Word, then upload it again."
    ),
    "docx_picture": _(
        "A picture, shape or text box was put into the Word document. Remove it and upload again."
    ),
    "docx_note": _("The Word document holds footnotes or endnotes. Write them into the text."),
    "docx_field": _(
        "The Word document holds a field. Turn it into text (Ctrl+Shift+F9) and upload again."
    ),
    "docx_numbering": _(
        "Word numbered a paragraph by itself. Undo it (Ctrl+Z) or type the number, and upload again."
    ),
    "docx_content": _(
        "The Word document holds something else than text (%(element)s). Remove it and upload again."
    ),
    "docx_structure": _(
        "Head, headings, tables and signatures stay as they are; this differs: %(place)s"
    ),
    "docx_not_ours": _(
        "This is not a draft that was downloaded here. Download the draft and edit that file."
    ),
    "docx_other_version": _(
        "The draft was changed after this file was downloaded, or the file is another paper's. Download the draft"
        " again and carry your changes over."
    ),
}


class DocxRefused(InvalidInput):
    """The file is not read. Its codes begin with ``docx_`` and stand in `SENTENCES`."""

    code = "docx_refused"

    def __init__(self, code: str, **params: Any) -> None:
        sentence = SENTENCES[code]
        super().__init__(sentence % params if params else sentence, code=code, **params)
