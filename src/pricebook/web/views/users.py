"""Settings → Users, for administrators, and the own password, for everybody (G4)."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from pricebook.accounts import users as accounts
from pricebook.accounts.models import Role, Scope, User
from pricebook.accounts.users import IssuedPassword, LastAdmin, NameTaken, OwnRights
from pricebook.web.access import needs
from pricebook.web.account_forms import OwnPasswordForm, RoleForm, UserForm
from pricebook.web.htmx import PageRequest, parts_and_pages
from pricebook.web.modal import ModalForm, close_modal

PAGE_SIZE = 50
CHANGED = "users-changed"


def settings(_request: HttpRequest) -> HttpResponse:
    """Lead to the first page of the settings that everybody has."""
    return redirect("keys")


@needs(Scope.ADMIN)
@parts_and_pages
def users(request: PageRequest) -> HttpResponse:
    """List the users."""
    page = Paginator(User.objects.by_name(), PAGE_SIZE).get_page(request.GET.get("page"))
    template = "web/partials/user_table.html" if request.htmx else "web/users.html"
    return render(request, template, {"page": page})


@needs(Scope.ADMIN)
@never_cache
@require_http_methods(["GET", "POST"])
def new_user(request: PageRequest) -> HttpResponse:
    """Ask in the modal who it is; create the user, and show the first password this once."""
    form = UserForm(request.POST or None)
    if form.is_valid():
        try:
            issued = accounts.create_user(
                actor=_actor(request),
                username=form.cleaned_data["username"],
                email=form.cleaned_data["email"],
                role=form.chosen_role(),
            )
        except NameTaken as error:
            form.add_error("username", str(error))
        else:
            return _show_password(request, issued)
    return render(request, "web/partials/user_form.html", {"form": form})


@needs(Scope.ADMIN)
@require_http_methods(["GET", "POST"])
def user_role(request: PageRequest, user_id: int) -> HttpResponse:
    """Ask in the modal for another role and give it."""
    user = get_object_or_404(User, pk=user_id)
    shown = Role.ADMIN if user.is_admin else user.role
    form = RoleForm(request.POST or None, initial={"role": shown})
    if form.is_valid():
        try:
            accounts.change_role(actor=_actor(request), user=user, role=form.chosen_role())
        except (LastAdmin, OwnRights) as error:
            form.add_error("role", str(error))
        else:
            messages.info(request, f"{user} has the role {user.get_role_display()} now.")
            return close_modal(request, CHANGED)
    return render(request, "web/partials/user_role.html", {"form": form, "person": user})


@needs(Scope.ADMIN)
@never_cache
@require_http_methods(["GET", "POST"])
def user_password(request: PageRequest, user_id: int) -> HttpResponse:
    """Ask first; then give the user a new random password and show it this once."""
    user = get_object_or_404(User, pk=user_id)
    if request.method == "POST":
        return _show_password(request, accounts.reset_password(actor=_actor(request), user=user))
    form = ModalForm()
    return render(request, "web/partials/user_password.html", {"form": form, "person": user})


@needs(Scope.ADMIN)
@require_POST
def deactivate_user(request: PageRequest, user_id: int) -> HttpResponse:
    """Close an account."""
    user = get_object_or_404(User, pk=user_id)
    try:
        accounts.deactivate_user(actor=_actor(request), user=user)
    except (LastAdmin, OwnRights) as error:
        messages.error(request, str(error))
    else:
        messages.info(
            request, f"{user} cannot sign in any more, and the keys of {user} have stopped."
        )
    return close_modal(request, CHANGED)


@needs(Scope.ADMIN)
@require_POST
def reactivate_user(request: PageRequest, user_id: int) -> HttpResponse:
    """Open a closed account again."""
    user = get_object_or_404(User, pk=user_id)
    accounts.reactivate_user(actor=_actor(request), user=user)
    messages.info(request, f"{user} can sign in again.")
    return close_modal(request, CHANGED)


@never_cache
@require_http_methods(["GET", "POST"])
def own_password(request: HttpRequest) -> HttpResponse:
    """Change the own password; this session goes on, the others end."""
    person = cast("User", request.user)
    form = OwnPasswordForm(person, request.POST or None)
    if form.is_valid():
        accounts.change_own_password(user=person, password=form.cleaned_data["new_password1"])
        update_session_auth_hash(request, person)
        messages.info(
            request, "Your password is changed. Other places where you were signed in ask for it."
        )
        return redirect("password")
    return render(request, "web/user_own_password.html", {"form": form})


def _actor(request: HttpRequest) -> User:
    return cast("User", request.user)


def _show_password(request: HttpRequest, issued: IssuedPassword) -> HttpResponse:
    response = render(request, "web/partials/user_issued.html", {"issued": issued})
    return trigger_client_event(response, CHANGED)
