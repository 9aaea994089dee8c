"""The command `pricebook`: `up` runs the whole product, any other word is one of its commands."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import django
from django.core.management import execute_from_command_line, get_commands, load_command_class
from django.core.management.base import BaseCommand

from pricebook.config.embedded.hold import ensure_services
from pricebook.config.embedded.service import ServicesError, embedded_urls
from pricebook.config.env import ConfigurationError, Environment, load_environment
from pricebook.config.supervisor import StartError, run_product

if TYPE_CHECKING:
    from collections.abc import Sequence

_USAGE = """\
pricebook up              start everything: database, web, worker and schedule
pricebook COMMAND ...     run one command, with the same set-up
"""
# Django's own commands that work without a database; ours say it by `needs_services = False`.
_WITHOUT_SERVICES = frozenset(
    {"check", "collectstatic", "compilemessages", "diffsettings", "makemessages"}
)


def main(argv: Sequence[str] | None = None) -> None:
    """Run `pricebook WORDS`; exits with the command's code, or 1 and a sentence when it cannot."""
    program, *words = argv or sys.argv
    try:
        environment = load_environment()
        _point_at_services(environment)
        if words == ["up"]:
            run_product(environment)
        else:
            _run_command([program, *words], environment)
    except (ConfigurationError, ServicesError, StartError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        # As a shell reports a command that SIGINT ended.
        sys.exit(130)


def _point_at_services(environment: Environment) -> None:
    """Set what settings.py requires. The addresses are known before anything is started."""
    own = embedded_urls(environment.home)
    os.environ["DATABASE_URL"] = environment.database_url or own.database_url
    os.environ["REDIS_URL"] = environment.redis_url or own.redis_url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pricebook.config.settings")


def _run_command(argv: list[str], environment: Environment) -> None:
    if not argv[1:] or argv[1] in {"help", "--help", "-h"}:
        print(_USAGE)
    if not _needs_services(argv[1:]):
        execute_from_command_line(argv)
        return
    with ensure_services(
        environment.home,
        database_url=environment.database_url,
        redis_url=environment.redis_url,
    ):
        execute_from_command_line(argv)


def _needs_services(words: Sequence[str]) -> bool:
    """Whether the command works with the database or Redis: what its class says, else yes."""
    if not words or words[0].startswith("-") or {"--help", "-h"} & set(words):
        return False
    django.setup()
    name = words[0]
    application = get_commands().get(name)
    if application is None:
        return False
    command = (
        application
        if isinstance(application, BaseCommand)
        else load_command_class(application, name)
    )
    return bool(getattr(command, "needs_services", name not in _WITHOUT_SERVICES))


if __name__ == "__main__":
    main()
