"""Who acts on the command line."""

from django.utils.translation import gettext as _

from inspections.errors import InvalidInput
from inspections.models import User


def account(username: str) -> User:
    """Return the active account of a user name.

    Raises ``InvalidInput`` when there is none.
    """
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise InvalidInput(_("There is no active account “%(name)s”.") % {"name": username})
    return user
