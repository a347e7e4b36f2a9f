"""Every route of the installation."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from api.desk import views as desk
from api.health import healthz
from api.public import views as public

urlpatterns: list[URLPattern | URLResolver] = [
    path("", desk.start, name="start"),
    path("sign-in/", desk.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(http_method_names=["post"]), name="sign-out"),
    path("password/", desk.password, name="password"),
    path("language/", set_language, name="set_language"),
    # Printed on papers as a square code: short, and without a slash to lose at its end.
    path("v/<str:code>", public.paper, name="public-paper"),
    path("healthz", healthz, name="healthz"),
    path("api/v1/", include("api.v1.urls")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
]

handler400 = "api.errors.bad_request"
handler403 = "api.errors.permission_denied"
handler404 = "api.errors.not_found"
handler500 = "api.errors.server_error"
