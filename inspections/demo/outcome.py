"""What the demo leaves behind and shows: papers, the record and its verification, the roster, the logins."""

import os
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from inspections.demo import cast
from inspections.demo.story import Say, actor
from inspections.management import rosters
from inspections.management.tables import table
from inspections.models import Document, DocumentKind, Plan, User
from inspections.services import commitment, papers
from inspections.services.rosters import read_roster
from planner import canonical
from planner.verify import verify

FILES = {
    DocumentKind.MONTHLY_PLAN: "ke-hoach.pdf",
    DocumentKind.COMMITMENT_MINUTES: "bien-ban-niem-phong.pdf",
    DocumentKind.DRAW_MINUTES: "bien-ban-lua-chon.pdf",
    DocumentKind.RESTRICTED_APPENDIX: "phu-luc-luu-hanh-noi-bo.pdf",
}


def write_papers(say: Say, plan: Plan, now: datetime) -> None:
    """Print each paper by the person whose work it is, and leave a copy in ``var/papers``."""
    for kind, name in FILES.items():
        restricted = kind is DocumentKind.RESTRICTED_APPENDIX
        who = actor(cast.PLANNER if restricted else cast.CLERK)
        document = Document.objects.filter(plan=plan, kind=kind).first()
        if document is None:
            document = papers.print_paper(actor=who, plan=plan, kind=kind, now=now)
        path = settings.VAR_DIR / "papers" / name
        is_new = not path.exists()
        if is_new:
            write_private(path, papers.read_document(actor=who, document=document, now=now))
        say(f"{kind.label}: {path}", is_new)


def write_record(say: Say, plan: Plan) -> Path:
    """Write the record, secrets and all, to ``var/record.json``.

    Only a demo may: a real plan's record stays sealed until its reveal.
    """
    path: Path = settings.VAR_DIR / "record.json"
    is_new = not path.exists()
    if is_new:
        write_private(path, commitment.full_record(plan).encode())
    say(_("Record: %(path)s") % {"path": path}, is_new)
    return path


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    new.replace(path)


def verification(plan: Plan, path: Path) -> str:
    """Verify the record as anybody can, and return what is found with the hash to compare on paper."""
    differences = verify(canonical.loads(path.read_bytes()))
    command = f"python -m planner verify {path}"
    if differences:
        found = "; ".join(map(str, differences))
        return _("%(command)s: the record differs: %(found)s") % {
            "command": command,
            "found": found,
        }
    facts = {"command": command, "hash": plan.endorsement_sha256}
    return (
        _(
            "%(command)s: the record agrees: sample, dates and probabilities were rebuilt.\n"
            "Hash printed in the minutes before the draw: %(hash)s"
        )
        % facts
    )


def roster(plan: Plan, now: datetime) -> str:
    """Return the roster as its approver reads it; the reading is on record."""
    return rosters.roster(read_roster(actor=actor(cast.APPROVER), plan=plan, now=now))


def logins() -> str:
    """Return who can sign in to the demo and as what."""
    usernames = [account.username for account in cast.ACCOUNTS]
    usernames += [code.lower() for code in cast.INSPECTORS]
    users = {user.username: user for user in User.objects.filter(username__in=usernames)}
    rows = [
        [name, cast.PASSWORD, ", ".join(str(role.label) for role in user.roles), user.full_name]
        for name in usernames
        if (user := users.get(name))
    ]
    return table([_("user name"), _("password"), _("role"), _("name")], rows)
