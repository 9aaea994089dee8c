"""A process that does to one product home what people and beat do, as told line by line.

python -m tests.integration.crash.control, with the home's environment. Each line of its input is a
JSON list, a command and its words; each line of its output is the command's answer in JSON. Its
own process, because Django knows one database, and pytest's is another.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from pricebook.accounts.keys import issue_api_key  # noqa: E402
from pricebook.accounts.models import Scope, User  # noqa: E402
from pricebook.catalogue.bulk import start_bulk_edit  # noqa: E402
from pricebook.catalogue.filters import ProductFilter  # noqa: E402
from pricebook.catalogue.models import BulkAction, Product  # noqa: E402
from pricebook.changes.position import place_changesets  # noqa: E402
from pricebook.core import redis  # noqa: E402
from pricebook.files.receive import receive_file  # noqa: E402
from pricebook.imports.intake import start_import  # noqa: E402
from pricebook.imports.tasks import drop_orphans  # noqa: E402
from pricebook.jobs.queue import cancel_job, retry_job  # noqa: E402
from pricebook.webhooks.endpoints import EndpointValues, create_endpoint  # noqa: E402


def migrate() -> None:
    call_command("migrate", verbosity=0, interactive=False)


def empty() -> None:
    """Begin with an empty book, an empty queue and no job."""
    call_command("flush", verbosity=0, interactive=False)
    redis.client().flushall()


def queue(*paths: str) -> list[str]:
    """Queue the files in this order; return the ids of the jobs."""
    ids = []
    for path in map(Path, paths):
        with path.open("rb") as source:
            stored = receive_file(source, name=path.name, actor=None)
        ids.append(str(start_import(file=stored, actor=None).job_id))
    return ids


def delete_all() -> str:
    """Queue the deletion of the whole book; return the id of the job."""
    edit = start_bulk_edit(action=BulkAction.DELETE, chosen=ProductFilter(), actor=None)
    return str(edit.pk)


def cancel(job_id: str) -> None:
    cancel_job(UUID(job_id))


def retry(job_id: str) -> None:
    retry_job(UUID(job_id))


def rename(name: str, *keys: str) -> list[list[str]]:
    """Name products by hand, in one transaction; return [key, name before] of each."""
    with transaction.atomic():
        products = Product.objects.select_for_update().filter(sku_key__in=keys).order_by("id")
        before = [[product.sku_key, product.name] for product in products]
        products.update(name=name)
    return before


def issue_key() -> str:
    """Make an API key that may do everything; return its token."""
    owner = User.objects.create_superuser("admin")
    return issue_api_key(owner=owner, name="editor", scopes=[Scope.ADMIN]).token


def subscribe(url: str, mode: str, *types: str) -> list[str]:
    """Add an endpoint that is sent as much as it takes; return its id and its secret."""
    values = EndpointValues(url=url, event_types=types, bulk_mode=mode, rate_limit=None)
    issued = create_endpoint(values=values, actor=None)
    return [str(issued.endpoint.pk), issued.secret]


def tidy() -> None:
    """Do what beat does now and then: drop orphaned tables, give change sets their positions."""
    drop_orphans()
    while place_changesets():
        pass


COMMANDS: dict[str, Callable[..., object]] = {
    command.__name__: command
    for command in (
        *(migrate, empty, queue, delete_all, cancel, retry, rename),
        *(issue_key, subscribe, tidy),
    )
}

if __name__ == "__main__":
    for line in sys.stdin:
        name, *words = json.loads(line)
        print(json.dumps(COMMANDS[name](*words)), flush=True)
        # PostgreSQL may be killed before the next command.
        connection.close()
