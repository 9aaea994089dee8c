"""ensure_admin: at the first start, make the one account with which everything begins."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from pricebook.accounts import audit
from pricebook.accounts.models import User
from pricebook.accounts.passwords import readable_password
from pricebook.core.db import lock_until_commit

USERNAME = "admin"


class Command(BaseCommand):
    """Create the administrator `admin` when there is no user; otherwise do and say nothing."""

    help = "Create the administrator admin when there is no user yet, and print its password once."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Create the account and say how to sign in, once."""
        chosen = os.environ.get("PRICEBOOK_ADMIN_PASSWORD", "")
        password = chosen or readable_password()
        if not _create_first_user(password):
            return
        if chosen:
            shown = "the password of PRICEBOOK_ADMIN_PASSWORD"
        else:
            shown = f"the password {password} (shown only now)"
        self.stdout.write(f"Sign in as {USERNAME} with {shown}.")


@transaction.atomic
def _create_first_user(password: str) -> bool:
    """Create the account unless there is any; the lock lets one of two first starts do it."""
    lock_until_commit("ensure_admin")
    if User.objects.exists():
        return False
    admin = User.objects.create_superuser(USERNAME, password=password)
    audit.note("user.created", who=None, whom=admin, role=admin.role)
    return True
