"""The answer to too many wrong passwords."""

from datetime import timedelta

from axes.helpers import get_cool_off
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from api.problems import is_api, problem_page, titles


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
