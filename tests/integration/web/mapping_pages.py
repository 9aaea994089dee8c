"""The mapping page as tests read it and fill it in."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import UUID

from django.test import Client

from pricebook.imports.models import Import
from pricebook.jobs.models import Job
from pricebook.jobs.runner import run_job

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer


UNKNOWN = "Nummer,Ware,Netto,Lager\nA,Äpfel,1.50,3\nB,Birnen,2.50,4\n"


KNOWN = "sku,name,price\nA,Apple,2.50\n"


SHOPIFY = (
    "Handle,Title,Option1 Value,Variant SKU,Variant Price,Status\n"
    "shirt,Shirt,Red,,19.00,active\nshirt,,Blue,,21.00,\n"
)


def page_of(job: Job) -> str:
    return f"/imports/{job.pk}/mapping/"


def held(html: str) -> dict[str, str]:
    """Return what the page says of each column, by its name."""
    pattern = r"<tr[^>]*>\s*<th.*?<bdi>(.*?)</bdi>.*?(<select.*?</select>)"
    rows = re.findall(pattern, html, re.DOTALL)
    return {name: re.findall(r'value="([^"]*)" selected', row)[0] for name, row in rows}


def filled_in(client: Client, job: Job, query: str = "", **changes: str) -> dict[str, str]:
    """Return the form as a browser would send it, with some fields changed; blank ones go."""
    html = client.get(page_of(job) + query).text
    form = html[html.index('<form id="mapping-form"') :]
    sent = dict(re.findall(r'<input type="(?:hidden|text)" name="([\w-]+)" value="(.*?)"', form))
    for name, inside in re.findall(r'<select name="([\w-]+)".*?>(.*?)</select>', form, re.DOTALL):
        sent[name] = "".join(re.findall(r'value="([^"]*)" selected', inside))
    for name, inside in re.findall(
        r'<select class="form-select" name="([\w-]+)".*?>(.*?)</select>', form, re.DOTALL
    ):
        sent[name] = re.findall(r'value="([^"]*)" selected', inside)[0]
    for tick in re.findall(r'<input[^>]*type="checkbox"[^>]*>', form):
        if "checked" in tick:
            sent[re.findall(r'name="([\w-]+)"', tick)[0]] = "on"
    sent |= changes
    return {name: value for name, value in sent.items() if value or name in changes}


def faults(answer: Answer) -> list[str]:
    """Return what an answer says is wrong; nothing when it leads on."""
    html = "" if answer.status_code == HTTPStatus.FOUND else answer.text
    found = re.findall(r'class="(?:alert alert-danger|field-error)".*?>(.*?)</div>', html)
    return [" ".join(text.split()) for text in found]


def read_again(client: Client, job: Job, query: str = "", **changes: str) -> Import:
    """Send the form, run the import that it asks for, and return it."""
    answer = client.post(page_of(job), filled_in(client, job, query, **changes))
    assert faults(answer) == []
    found = Import.objects.recent().get(pk=UUID(answer["Location"].split("/")[2]))
    assert run_job(found.pk)
    return Import.objects.recent().get(pk=found.pk)


def said(record: Import) -> dict[str, object]:
    """Return the choices that an import was read by, but for those that are as usual."""
    usual = {"clear_token": "[clear]", "preset": "none", "inverted": False}
    choices = record.choices or {}
    return {name: value for name, value in choices.items() if value and usual.get(name) != value}


def notices(client: Client, record: Import) -> list[str]:
    """Return the toasts that the next page brings."""
    html = client.get(f"/imports/{record.pk}/").text
    return re.findall(r"<span data-toast-text>([^<]+)</span>", html)


ANEW = (
    "The other delimiter or encoding makes other columns. They were found anew, and what was "
    "chosen for them does not count any more."
)
