"""One product: its page with its history, its form, and undoing single changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from pricebook.accounts.models import Scope
from pricebook.catalogue.edits import InvalidProductError
from pricebook.catalogue.facets import read_facets
from pricebook.catalogue.models import Product
from pricebook.catalogue.undo import NotUndoableError, undo_change
from pricebook.catalogue.writes import (
    ProductChangedError,
    ProductGoneError,
    create_product,
    delete_product,
    update_product,
)
from pricebook.web.access import needs
from pricebook.web.htmx import parts_and_pages
from pricebook.web.modal import close_modal
from pricebook.web.product_form import ProductForm, initial_values
from pricebook.web.timeline import timeline_of
from pricebook.web.toasts import add_done, answer_with_toasts

if TYPE_CHECKING:
    from django.http import HttpResponse

    from pricebook.web.htmx import PageRequest

_CHANGED = "products-changed"


@parts_and_pages
def product_page(request: PageRequest, product_id: int) -> HttpResponse:
    """Show a product, or what is left of a deleted one: facts left, history right (B4)."""
    product = _get_product(product_id)
    context = {"product": product, "timeline": timeline_of(product)}
    template = "web/partials/product_detail.html" if request.htmx else "web/product.html"
    return render(request, template, context)


def older_changes(request: PageRequest, product_id: int, before: int) -> HttpResponse:
    """Show the changes of a product before a change set."""
    product = _get_product(product_id)
    context = {"product": product, "timeline": timeline_of(product, before=before)}
    return render(request, "web/partials/timeline.html", context)


def suggestions(request: PageRequest) -> HttpResponse:
    """Name the commonest brands and categories, for the fields that suggest them."""
    return render(request, "web/partials/suggestions.html", {"facets": read_facets()})


@needs(Scope.WRITE)
def new_product(request: PageRequest) -> HttpResponse:
    """Add a product, in the modal (B2)."""
    form = ProductForm(request.POST or None, initial={"active": True})
    if form.is_valid():
        try:
            product = create_product(values=form.values, actor=request.user)
        except InvalidProductError as error:
            form.take_problems(error)
        else:
            return _done(request, f"Created {product.sku}.", product)
    return render(request, "web/partials/product_form.html", {"form": form})


@needs(Scope.WRITE)
def edit_product(request: PageRequest, product_id: int) -> HttpResponse:
    """Change a product, in the modal; nobody's change in between is overwritten unseen (B2)."""
    product = _get_product(product_id)
    form = ProductForm(request.POST or None, initial=initial_values(product))
    context: dict[str, object] = {"form": form, "product": product}
    if form.is_valid():
        try:
            return _save(request, product, form)
        except InvalidProductError as error:
            form.take_problems(error)
        except (ProductChangedError, ProductGoneError) as error:
            context["conflict"] = str(error)
    return render(request, "web/partials/product_form.html", context)


def _save(request: PageRequest, product: Product, form: ProductForm) -> HttpResponse:
    """Write what the form changed. Raises what `update_product` raises."""
    seen = form.cleaned_data["changed_in"]
    saved = update_product(
        product_id=product.pk, values=form.values, actor=request.user, expected=seen
    )
    if saved.changed_in == seen:
        messages.info(request, "Nothing was changed.")
        return close_modal(request)
    return _done(request, f"Saved {saved.sku}.", saved)


@require_POST
@needs(Scope.WRITE)
def delete(request: PageRequest, product_id: int) -> HttpResponse:
    """Delete a product; its history stays, and so does the way back."""
    try:
        product = delete_product(product_id=_get_product(product_id).pk, actor=request.user)
    except ProductGoneError as error:
        messages.error(request, str(error))
        return answer_with_toasts(request, _CHANGED)
    return _done(request, f"Deleted {product.sku}.", product)


@require_POST
@needs(Scope.WRITE)
def undo_one(request: PageRequest, product_id: int, changeset_id: int) -> HttpResponse:
    """Take back one change of a product; the restoring of a deleted one is the same deed (B4)."""
    try:
        product = undo_change(product_id=product_id, changeset_id=changeset_id, actor=request.user)
    except (NotUndoableError, ProductGoneError) as error:
        messages.error(request, str(error))
        return answer_with_toasts(request)
    return _done(request, "Undone.", product)


def _done(request: PageRequest, text: str, product: Product) -> HttpResponse:
    add_done(request, text, undo=reverse("product-undo", args=[product.pk, product.changed_in]))
    return close_modal(request, _CHANGED)


def _get_product(product_id: int) -> Product:
    return get_object_or_404(Product, pk=product_id)
