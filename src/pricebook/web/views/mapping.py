"""The page that says what the columns of an import's file hold, and lets a person say it (A10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from pricebook.accounts.models import Scope
from pricebook.feed.presets import PRESETS
from pricebook.imports.mappings import NameTaken
from pricebook.imports.models import Import
from pricebook.imports.outlines import outline_of
from pricebook.imports.remap import remap_import
from pricebook.jobs.queue import NotAllowedNow
from pricebook.web.access import needs
from pricebook.web.column_plan import HOLDS, ColumnPlan, plan_of, posted_plan, proposed
from pricebook.web.htmx import PageRequest, parts_and_pages
from pricebook.web.mapping_form import MappingForm, initial_choices

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from pricebook.imports.outlines import StoredOutline

_CHANGED = "The file was read anew since this page was opened. Look at its columns again."
_ANEW = (
    "The other delimiter or encoding makes other columns. They were found anew, and what was "
    "chosen for them does not count any more."
)
_NONE = "none"


@needs(Scope.WRITE)
@parts_and_pages
@require_http_methods(["GET", "POST"])
def mapping(request: PageRequest, import_id: UUID) -> HttpResponse:
    """Show what each column holds, or read the file again as a person says (A10)."""
    record = get_object_or_404(Import.objects.recent().defer(None), pk=import_id)
    outline = outline_of(record)
    if outline is None:
        return render(request, "web/mapping_not_here.html", {"import": record})
    if request.method == "POST":
        return _read_again(request, record, outline)
    preset = _asked_preset(request)
    choices = proposed(outline, preset) if preset else outline.choices
    form = MappingForm(record=record, outline=outline, initial=initial_choices(choices, record))
    return _show(request, record, form, plan_of(outline, choices))


def _read_again(request: PageRequest, record: Import, outline: StoredOutline) -> HttpResponse:
    """Do what the form asks for, or show what is wrong with it."""
    before = plan_of(outline, outline.choices)
    if request.POST.get("version") != before.version:
        initial = initial_choices(outline.choices, record)
        form = MappingForm(record=record, outline=outline, initial=initial)
        return _show(request, record, form, before, problem=_CHANGED)
    plan = posted_plan(before, request.POST).checked()
    form = MappingForm(request.POST, record=record, outline=outline)
    choices = form.choose(plan) if form.is_valid() else None
    if choices is None:
        return _show(request, record, form, plan)
    try:
        queued = remap_import(
            import_id=record.pk,
            choices=choices,
            actor=request.user,
            remember=form.cleaned_data["remember"],
            name=form.cleaned_data["name"],
        )
    except (NotAllowedNow, NameTaken) as error:
        return _show(request, record, form, plan, problem=str(error))
    if form.is_laid_out_anew:
        messages.info(request, _ANEW)
    return redirect("import", queued.pk)


def _show(
    request: PageRequest, record: Import, form: MappingForm, plan: ColumnPlan, *, problem: str = ""
) -> HttpResponse:
    context = {
        "import": record,
        "form": form,
        "plan": plan,
        "holds": HOLDS,
        "presets": [(preset.name, preset.label) for preset in PRESETS],
        "asked": _asked_preset(request),
        "problem": problem,
    }
    template = "web/partials/mapping_form.html" if request.htmx else "web/mapping.html"
    return render(request, template, context)


def _asked_preset(request: PageRequest) -> str:
    """Return the preset that was asked for; a name that makes no sense asks for none."""
    asked = request.GET.get("preset", "")
    return asked if asked in (_NONE, *(preset.name for preset in PRESETS)) else ""
