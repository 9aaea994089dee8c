"""The runs of `benchmarks.webhooks`, in the environment that it has made."""

# ruff: noqa: E402 (Django's apps come before whatever uses them)
from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median, quantiles

import django

django.setup()

from benchmarks.receiver import Receiver
from pricebook.catalogue.models import Product
from pricebook.catalogue.writes import create_product, update_product
from pricebook.changes.models import EventType
from pricebook.core.db import execute
from pricebook.files.receive import receive_file
from pricebook.imports.intake import create_import
from pricebook.jobs.runner import run_job
from pricebook.webhooks.endpoints import EndpointValues, create_endpoint, delete_endpoint
from pricebook.webhooks.models import BulkMode, Delivery, DeliveryStatus, Endpoint
from pricebook.webhooks.relay import relay

_PRODUCTS = (EventType.PRODUCT_CREATED, EventType.PRODUCT_UPDATED, EventType.PRODUCT_DELETED)
_LONGEST = 3_600
_EDITS = 100


def main(file: Path, events: int, repeat: int) -> None:
    """Answer the four questions, one after the other."""
    _throughput(events, endpoints=1)
    _throughput(events, endpoints=8)
    _latency_beside_a_dead_one(events, repeat)
    for mode in BulkMode:
        _import(file, mode)


def _throughput(events: int, *, endpoints: int) -> None:
    """Print how many queued deliveries a second one sender manages."""
    receivers = [Receiver() for _ in range(endpoints)]
    ids = [_subscribe(receiver) for receiver in receivers]
    each = events // endpoints
    _queue_edits(each)
    began = time.time()
    with _sender():
        for receiver in receivers:
            receiver.wait_for(each, _LONGEST)
        _until_written_down()
        first = min(receiver.times[0] for receiver in receivers)
        seconds = time.time() - first
    rate = each * endpoints / seconds
    print(
        f"{each * endpoints:,} deliveries to {endpoints} endpoint(s): {rate:,.0f} a second, "
        f"first after {first - began:.1f} s",
        flush=True,
    )
    _unsubscribe(ids)


def _latency_beside_a_dead_one(events: int, repeat: int) -> None:
    """Print how soon an edit arrives, alone and beside an endpoint that never answers."""
    healthy, dead = Receiver(), Receiver(silent=True)
    ids = [_subscribe(healthy)]
    ratios, alone_all, beside_all = [], [], []
    with _sender():
        product = create_product(values={"sku": "latency", "price": "1"}, actor=None)
        healthy.wait_for(1, 30)
        for number in range(repeat):
            alone = _edits(product, healthy)
            silent = _subscribe(dead)
            _queue_for(silent, events)
            time.sleep(2)
            beside = _edits(product, healthy)
            _unsubscribe([silent])
            ratios.append(_p95(beside) / _p95(alone))
            alone_all += alone
            beside_all += beside
            print(f"  pair {number + 1}: p95 ratio {ratios[-1]:.2f}", file=sys.stderr)
    print(f"commit to delivery of single edits: {_spread(alone_all)}")
    print(f"beside a dead endpoint with {events:,} queued: {_spread(beside_all)}")
    print(f"paired p95 ratio: median {median(ratios):.2f}", flush=True)
    _unsubscribe(ids)


def _import(file: Path, mode: BulkMode) -> None:
    """Print what an import of new products costs in a mode: requests and time."""
    execute("TRUNCATE catalogue_product RESTART IDENTITY CASCADE")
    receiver = Receiver()
    ids = [_subscribe(receiver, mode=mode)]
    with _sender():
        began = time.time()
        with file.open("rb") as source:
            stored = receive_file(source, name=file.name, actor=None)
        job = create_import(file=stored, actor=None).job
        run_job(job.pk)
        imported = time.time()
        products = Product.objects.count()
        expected = {
            BulkMode.SUMMARY: 1,
            BulkMode.BATCH: products // 100,
            BulkMode.EACH: products,
        }[mode]
        receiver.wait_for(expected, _LONGEST)
        _until_written_down()
    print(
        f"import of {products:,} products, {mode}: {receiver.count:,} requests, all delivered "
        f"{receiver.times[-1] - imported:.1f} s after the import, which took "
        f"{imported - began:.1f} s",
        flush=True,
    )
    _unsubscribe(ids)


def _edits(product: Product, receiver: Receiver) -> list[float]:
    """Edit a product now and then; return how long each edit took from commit to receiver."""
    dice, waits = Random(7), []
    for number in range(_EDITS):
        time.sleep(dice.random() * 0.1)
        before = receiver.count
        update_product(product_id=product.pk, values={"price": str(number % 2 + 2)}, actor=None)
        committed = time.time()
        receiver.wait_for(before + 1, 60)
        waits.append(receiver.times[-1] - committed)
    return waits


def _queue_edits(count: int) -> None:
    """Queue the events of so many single edits."""
    product = create_product(values={"sku": f"queue {time.time()}", "price": "1"}, actor=None)
    for number in range(1, count):
        update_product(product_id=product.pk, values={"price": str(number % 2 + 2)}, actor=None)
    while relay():
        pass


def _queue_for(endpoint: Endpoint, count: int) -> None:
    """Let so many deliveries wait for one endpoint."""
    Delivery.objects.bulk_create(
        Delivery(
            endpoint=endpoint,
            event_id=f"evt_dead_{number}",
            event_type="product.updated",
            body='{"dead": true}',
            happened_at=endpoint.created_at,
        )
        for number in range(count)
    )


def _subscribe(receiver: Receiver, mode: BulkMode = BulkMode.SUMMARY) -> Endpoint:
    values = EndpointValues(
        url=receiver.url, event_types=_PRODUCTS, bulk_mode=mode, rate_limit=None
    )
    return create_endpoint(values=values, actor=None).endpoint


def _unsubscribe(endpoints: Sequence[Endpoint]) -> None:
    for endpoint in endpoints:
        delete_endpoint(endpoint_id=endpoint.pk, actor=None)


def _until_written_down() -> None:
    waiting = Delivery.objects.filter(
        status=DeliveryStatus.PENDING, endpoint__in=Endpoint.objects.enabled()
    )
    while waiting.exists():
        time.sleep(0.01)


@contextmanager
def _sender() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "django", "send_webhooks"])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _p95(waits: Sequence[float]) -> float:
    return quantiles(waits, n=20)[-1]


def _spread(waits: Sequence[float]) -> str:
    return f"p50 {median(waits) * 1000:.0f} ms, p95 {_p95(waits) * 1000:.0f} ms"


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
