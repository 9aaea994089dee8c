"""What is done to many products at once, and how it is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from pricebook.accounts.models import Scope
from pricebook.catalogue.bulk import edit_products, start_bulk_edit
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import BulkAction
from pricebook.catalogue.undo import is_undoable, undo_changeset
from pricebook.changes.models import ChangeSet
from pricebook.changes.totals import count_products
from pricebook.jobs.queue import NotAllowedNow
from pricebook.web.access import DELETE_ALL, needs
from pricebook.web.bulk_forms import BulkForm, DeleteAllForm
from pricebook.web.cards import card
from pricebook.web.forms import ProductFilterForm
from pricebook.web.toasts import add_done, answer_with_toasts

if TYPE_CHECKING:
    from django.http import HttpResponse

    from pricebook.catalogue.undo import Undone
    from pricebook.web.htmx import PageRequest

_DONE = {
    BulkAction.ACTIVATE: "Activated",
    BulkAction.DEACTIVATE: "Deactivated",
    BulkAction.DELETE: "Deleted",
}
# SKUs that a toast names.
_NAMED = 3


@require_POST
@needs(Scope.WRITE)
def edit_many(request: PageRequest) -> HttpResponse:
    """Do something to the ticked products now, or to all that the filter finds as a job (B2)."""
    form = BulkForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.problem)
        return answer_with_toasts(request)
    action = form.cleaned_data["action"]
    if form.cleaned_data["everything"]:
        return _edit_found(request, action, ProductFilterForm(request.GET).chosen())
    edited = edit_products(action=action, ids=form.cleaned_data["ids"], actor=request.user)
    if edited.products:
        undo = reverse("changeset-undo", args=[edited.changeset_id])
        add_done(request, f"{_DONE[action]} {_products(edited.products)}.", undo=undo)
    else:
        messages.info(request, "Nothing to change: those products are like that already.")
    return answer_with_toasts(request, "products-changed")


def _edit_found(request: PageRequest, action: BulkAction, chosen: ProductFilter) -> HttpResponse:
    if chosen.is_empty and action == BulkAction.DELETE:
        # Who means the whole book has to type its size.
        return retarget(reswap(_show_delete_all(request), "innerHTML"), "#modal")
    edit = start_bulk_edit(action=action, chosen=chosen, actor=request.user)
    return reswap(
        render(request, "web/partials/job_started.html", {"card": card(edit.job)}), "none"
    )


@needs(DELETE_ALL)
def delete_all(request: PageRequest) -> HttpResponse:
    """Ask for the number of products, then delete them all as a job (B3)."""
    if request.method != "POST":
        return _show_delete_all(request)
    form = DeleteAllForm(request.POST, products=count_products().products)
    if not form.is_valid():
        return _show_delete_all(request, form)
    try:
        edit = start_bulk_edit(action=BulkAction.DELETE, chosen=ProductFilter(), actor=request.user)
    except NotAllowedNow as error:
        form.add_error("number", str(error))
        return _show_delete_all(request, form)
    return HttpResponseClientRedirect(reverse("job", args=[edit.pk]))


@needs(DELETE_ALL)
def _show_delete_all(request: PageRequest, form: DeleteAllForm | None = None) -> HttpResponse:
    form = form or DeleteAllForm(products=count_products().products)
    return render(request, "web/partials/delete_all.html", {"form": form})


@require_POST
@needs(Scope.WRITE)
def undo_set(request: PageRequest, changeset_id: int) -> HttpResponse:
    """Take back what was done at once; the changes of a job go back with the job."""
    changeset = get_object_or_404(ChangeSet, pk=changeset_id, job_id=None)
    if not is_undoable(changeset.at):
        messages.error(request, "This is older than the history that is kept for undoing.")
        return answer_with_toasts(request)
    with transaction.atomic():
        undone = undo_changeset(changeset_id, job_id=None, actor_id=request.user.pk)
    if undone.restored:
        messages.success(request, f"Undone for {_products(undone.restored)}.{_kept(undone)}")
    else:
        messages.error(request, f"Nothing was undone.{_kept(undone)}")
    return answer_with_toasts(request, "products-changed")


def _products(number: int) -> str:
    return f"{number:,} product{'' if number == 1 else 's'}"


def _kept(undone: Undone) -> str:
    """Return a sentence that names what was changed since and therefore stays."""
    if not undone.kept:
        return ""
    names = ", ".join(undone.kept_skus[:_NAMED])
    more = f" and {undone.kept - _NAMED:,} more" if undone.kept > _NAMED else ""
    return f" Changed since then and left as they are: {names}{more}."
