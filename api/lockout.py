"""Wrong passwords: what counts as one, and the answer to too many."""

from datetime import datetime, timedelta
from typing import cast

from axes.helpers import get_cool_off
from django.contrib.auth import authenticate, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from api.problems import is_api, problem_page, titles
from inspections.errors import InvalidInput
from inspections.models import User
from inspections.services import users


def answer(
    request: HttpRequest,
    original_response: HttpResponse | None = None,  # noqa: ARG001  django-axes' signature
    credentials: dict[str, str] | None = None,  # noqa: ARG001  django-axes' signature
) -> HttpResponse:
    """Answer 429 and say when to try again; whether the account exists makes no difference."""
    wait = get_cool_off(request) or timedelta(minutes=15)
    detail = _("Too many wrong passwords from here. Try again in %(minutes)s minutes.") % {
        "minutes": -(-int(wait.total_seconds()) // 60)
    }
    response: HttpResponse
    if is_api(request):
        response = problem_page(429, "too_many_attempts", detail)
    else:
        context = {"title": titles()[429], "detail": detail}
        response = render(request, "desk/problem.html", context, status=429)
    response["Cache-Control"] = "no-store"
    response["Retry-After"] = str(int(wait.total_seconds()))
    return response


def change_password(request: HttpRequest, *, old: str, new: str, now: datetime) -> None:
    """Change the password of whoever is signed in; his other sessions end.

    A wrong old password counts as a wrong password of a sign-in: whoever finds a session open must not guess on.

    Raises:
        InvalidInput: the old password is not right (or too many were not), or the new one cannot be used.
    """
    user = cast(User, request.user)
    if authenticate(request, username=user.username, password=old) is None:
        raise InvalidInput(_("The old password is not right."), field="old_password")
    users.change_password(user=user, old=old, new=new, now=now)
    update_session_auth_hash(request, user)
