"""What all pages of reference data share: an event for each change, a version, and no other log."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import F, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from api import clock
from inspections.errors import DomainError, VersionConflict
from inspections.models.base import Versioned
from inspections.services import audit


class VersionedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that knows which version it was filled from."""

    filled_from = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["filled_from"].initial = self.instance.version

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        is_new = self.instance._state.adding  # noqa: SLF001  Django tells it nowhere else
        if not is_new and self.cleaned_data.get("filled_from") != self.instance.version:
            raise ValidationError(str(VersionConflict().message), code=VersionConflict.code)
        return cleaned


class ReferenceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A page of reference data. Changes go to the audit log; Django's own keeps nothing."""

    # Deleting many at once would skip the look at what refers to each.
    actions = None
    show_full_result_count = False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow what the page offers as a filter. Django would look through any relation of the rows too, and so
        tell which units were visited, and by whom."""
        offered = {*map(str, self.get_list_filter(request)), self.date_hierarchy}
        return lookup.partition("__")[0] in offered and super().lookup_allowed(
            lookup, value, request
        )

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Save, and move the version on; whoever comes second between form and save is refused."""
        if change and isinstance(obj, Versioned):
            rows = type(obj)._default_manager.filter(pk=obj.pk, version=obj.version)  # noqa: SLF001  any model's rows
            if not rows.update(version=F("version") + 1):
                raise VersionConflict
            obj.version += 1
        super().save_model(request, obj, form, change)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what the database or the domain refused where the form could not know it."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as error:
            refusal = str(error.message)
        except IntegrityError:
            refusal = _("This is there already, or contradicts what is there.")
        self.message_user(request, refusal, messages.ERROR)
        return redirect(request.get_full_path())

    def construct_change_message(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        form: Any,
        formsets: Any,
        add: bool = False,  # noqa: ARG002  Django's signature
    ) -> Any:
        """Return the names of what changed, where Django would write people's names into its log."""
        changed = {name for name in form.changed_data if name in form.instance.__dict__}
        related = {set_.model._meta.model_name for set_ in formsets or () if set_.has_changed()}
        return sorted(changed | related)

    def log_addition(  # type: ignore[override]
        self,
        request: HttpRequest,
        obj: Model,
        message: Any,  # noqa: ARG002  Django's signature
    ) -> None:
        """Put a creation on record."""
        self._record(request, "create", obj)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:  # type: ignore[override]
        """Put a change on record."""
        self._record(request, "update", obj, {"changed": message})

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:  # type: ignore[override]
        """Put deletions on record."""
        for obj in queryset:
            self._record(request, "delete", obj)

    def _record(
        self, request: Any, what: str, obj: Model, details: dict[str, Any] | None = None
    ) -> None:
        audit.record(
            actor=request.user,
            action=f"{obj._meta.model_name}.{what}",
            obj=obj,
            now=clock.now(),
            details=details,
        )


class KeptAdmin(ReferenceAdmin):
    """A page of rows that have a history: they are closed, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  Django's signature
        return False
