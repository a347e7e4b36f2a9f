"""The plain pages: the start page, signing in, choosing a password."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from api import clock, lockout
from inspections.errors import InvalidInput
from inspections.models import Department
from planner import __version__


@require_GET
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """The first page of the installation."""
    synthetic = Department.objects.filter(is_synthetic=True).exists()
    return render(request, "desk/start.html", {"version": __version__, "synthetic": synthetic})


class SignIn(LoginView):
    """Signing in, for everybody."""

    template_name = "desk/form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"title": _("Sign in")}


class PasswordForm(forms.Form):
    """The old password, and the new one typed twice because nobody sees it."""

    old = forms.CharField(
        label=gettext_lazy("Old password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("New password once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new"):
            raise forms.ValidationError(_("The two new passwords differ."))
        return again


@sensitive_post_parameters()
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Choosing a new password; other sessions of the account end."""
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        try:
            lockout.change_password(
                request,
                old=form.cleaned_data["old"],
                new=form.cleaned_data["new"],
                now=clock.now(),
            )
        except InvalidInput as error:
            field = {"old_password": "old", "new_password": "new"}[error.params["field"]]
            form.add_error(field, str(error.message))
        else:
            return redirect("start")
    return render(request, "desk/form.html", {"form": form, "title": _("Change password")})


@require_GET
@never_cache
def docs(request: HttpRequest) -> HttpResponse:
    """The API's description as Swagger UI shows it."""
    return render(request, "desk/docs.html")
