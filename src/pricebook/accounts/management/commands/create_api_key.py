"""create_api_key: make a key for a program and print it once."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from pricebook.accounts.keys import clean_name, issue_api_key
from pricebook.accounts.models import Scope, User


class Command(BaseCommand):
    """Print a new API key, alone on standard output, so that a script can take it."""

    help = "Create an API key and print it once, alone on standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the key's name, scopes, owner and lifetime."""
        parser.add_argument("name", type=_name, help="what the key is for, as its list shows it")
        parser.add_argument(
            "--scope",
            dest="scopes",
            action="append",
            required=True,
            choices=Scope.values,
            help="what the key may do; repeat it for several",
        )
        parser.add_argument("--user", help="whose key it is (default: the first administrator)")
        parser.add_argument("--expires-days", type=_days, help="when it ends (default: never)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Create the key; the token goes to standard output, the rest to standard error."""
        owner = _find_owner(options["user"])
        days: timedelta | None = options["expires_days"]
        issued = issue_api_key(
            owner=owner,
            name=options["name"],
            scopes=[Scope(scope) for scope in options["scopes"]],
            expires_at=None if days is None else timezone.now() + days,
        )
        self.stderr.write(f"The key of {owner.username}, shown only now:", self.style.NOTICE)
        self.stdout.write(issued.token)


def _find_owner(username: str | None) -> User:
    if username is None:
        owner = User.objects.active_admins().order_by("pk").first()
        if owner is None:
            message = "There is no active administrator yet: name the key's owner with --user."
            raise CommandError(message, returncode=2)
        return owner
    try:
        return User.objects.get(username=username, is_active=True)
    except User.DoesNotExist:
        message = f"There is no active user named {username!r}."
        raise CommandError(message, returncode=2) from None


def _name(text: str) -> str:
    try:
        return clean_name(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def _days(text: str) -> timedelta:
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 5 and int(text) > 0):
        message = f"{text!r} is not a number of days from 1 to 99999"
        raise ArgumentTypeError(message)
    return timedelta(days=int(text))
