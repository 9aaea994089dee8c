"""The first step of an import: its file into a staging table, and what came of every row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from pricebook.core.errors import PermanentError
from pricebook.core.memory import rare_garbage_collection
from pricebook.feed.errors import FeedError
from pricebook.feed.product_file import ProductFile, open_products
from pricebook.feed.records import ProductRecord, storable
from pricebook.feed.unpack.limits import Limits
from pricebook.files.hashing import HashedReader
from pricebook.files.space import telling_when_full
from pricebook.files.storage import storage
from pricebook.imports import staging
from pricebook.imports.checkpoint import Checkpoint, drop_staged
from pricebook.imports.choices import choices_from_json, choices_to_json
from pricebook.imports.mappings import choices_of, mapping_for, mark_used
from pricebook.imports.models import Import, Phase
from pricebook.imports.outlines import outline_to_json
from pricebook.imports.rejected_keys import RejectedKeys
from pricebook.imports.rejects import RejectLog, reject_log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pricebook.feed.choices import Choices
    from pricebook.feed.table import Reading
    from pricebook.jobs.runner import JobRun


class FileUnreadableError(PermanentError):
    """The file as a whole cannot be read; the text says why."""


def stage_import(run: JobRun, record: Import) -> None:
    """Read the whole file into a staging table and write down what came of it."""
    run.job.phase = Phase.STAGING
    run.save("phase")
    run.report(percent=0, rows=0, now=True)
    try:
        with (
            telling_when_full(),
            storage().open(record.file.key) as source,
            transaction.atomic(),
        ):
            stream = HashedReader(source)
            # Whole on disk before the commit: a row must never name a file that is not there.
            with (
                _open(stream, record) as products,
                reject_log(products.header, products.reading.delimiter) as rejects,
                RejectedKeys() as rejected_keys,
            ):
                reading = _Reading(run, products, rejects, rejected_keys, record.file.size)
                _stage_file(record, reading)
            _remember_content(record, stream)
    except FileNotFoundError as error:
        message = "The file is no longer in storage; upload it again."
        raise FileUnreadableError(message) from error
    except FeedError as error:
        _keep_outline(run, record, error)
        raise FileUnreadableError(str(error)) from error


def _open(stream: HashedReader, record: Import) -> ProductFile:
    def recall(fingerprint: str) -> Choices | None:
        record.mapping = mapping_for(fingerprint)
        return None if record.mapping is None else choices_of(record.mapping)

    limits = Limits(max_packed=settings.IMPORT_MAX_BYTES)
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    choices = None if record.choices is None else choices_from_json(record.choices)
    return open_products(
        stream,
        filename=record.file.name,
        limits=limits,
        folder=folder,
        choices=choices,
        recall=recall,
    )


def _keep_outline(run: JobRun, record: Import, error: FeedError) -> None:
    """Keep the columns of a file that were not understood, for a person to say what they hold."""
    if error.outline is None or error.reading is None:
        return
    with transaction.atomic():
        run.hold()
        _describe_reading(record, error.reading)
        record.outline = outline_to_json(error.outline)
        record.save()


def _remember_content(record: Import, stream: HashedReader) -> None:
    """Write down the hash of a file that went straight to storage: nobody has read it before."""
    if not record.file.sha256:
        record.file.sha256 = stream.hexdigest()
        record.file.save(update_fields=["sha256"])


def _stage_file(record: Import, reading: _Reading) -> None:
    run, products = reading.run, reading.products
    # A table that an earlier lease filled cannot be trusted any more.
    drop_staged(run.job)
    table = staging.table_name(run.job.id, run.job.lease_token)
    staging.create_table(table)
    with rare_garbage_collection():
        staging.copy_records(table, reading.records(), fields=_said(products))
    if reading.rows == 0:
        message = "The file has a header, but no rows under it."
        raise FileUnreadableError(message)
    staging.analyze(table)
    if record.source_id is not None:
        staging.keep_rejected_keys(table, reading.rejected_keys.blocks())
    duplicates = staging.drop_superseded(table)
    run.hold()
    _save_counts(run, table, reading, duplicates)
    _save_record(record, products, reading.rejects)


def _said(products: ProductFile) -> set[str]:
    """Return the fields that the file can say anything about."""
    choices = products.outline.choices
    said = {"sku", *products.mapping.fields, *choices.defaults}
    # A price may bring its currency with it.
    return said | {"currency"} | ({"attributes"} if choices.attributes else set())


def _save_counts(run: JobRun, table: str, reading: _Reading, duplicates: int) -> None:
    job, rejects = run.job, reading.rejects
    job.total_rows = reading.rows
    job.duplicate_rows = duplicates
    job.failed_rows = rejects.rows
    job.processed_rows = (
        duplicates
        + rejects.rows
        + job.created_rows
        + job.updated_rows
        + job.unchanged_rows
        + job.skipped_rows
    )
    before = Checkpoint.of(job)
    Checkpoint(
        table=table,
        staged_rows=reading.rows - rejects.rows - duplicates,
        nameless_rejects=reading.rejected_keys.nameless,
        merged_through=before.merged_through,
        deactivated_through=before.deactivated_through,
    ).keep(job)
    # Staging again is no step forward: it only gets back what a crash of PostgreSQL emptied.
    save = run.save if before.table else run.save_step
    save("total_rows", "duplicate_rows", "failed_rows", "processed_rows", "checkpoint")


def _save_record(record: Import, products: ProductFile, rejects: RejectLog) -> None:
    _describe(record, products)
    if record.rejects_key:
        transaction.on_commit(partial(storage().delete, record.rejects_key))
    record.rejects_key = rejects.key if rejects.rows else ""
    record.save()
    rejects.store(record)
    if record.mapping is not None:
        # Not before: whoever reads a file by the same mapping would wait for the whole of this one.
        mark_used(record.mapping)


def _describe(record: Import, products: ProductFile) -> None:
    """Write down how the file was understood, for people, and for whoever reads it again."""
    fields = products.mapping.fields
    _describe_reading(record, products.reading)
    record.columns = {name: storable(products.mapping.header[at]) for name, at in fields.items()}
    record.ignored_columns = list(map(storable, products.ignored))
    record.outline = outline_to_json(products.outline)
    record.choices = choices_to_json(products.outline.choices)


def _describe_reading(record: Import, reading: Reading) -> None:
    record.format = reading.format
    record.packed_in = " in ".join(reversed(reading.packed))
    # Names from inside a file may hold anything.
    record.member = storable(reading.member)[:300]
    record.sheet = storable(reading.sheet)[:100]
    record.encoding = reading.encoding[:20]
    record.delimiter = reading.delimiter
    record.header_line = reading.header_line
    record.decimal = reading.decimal


@dataclass
class _Reading:
    """One pass over the file: counts, rejects and chunk ends on the way to the staging table."""

    run: JobRun
    products: ProductFile
    rejects: RejectLog
    rejected_keys: RejectedKeys
    size: int
    rows: int = 0

    def records(self) -> Iterator[list[ProductRecord]]:
        """Yield the good rows in blocks; reject the others; show how far it is."""
        for block in self.products.blocks():
            self.run.check()
            self.rows += len(block.records) + len(block.rejections)
            if block.rejections:
                self.rejects.add(block.rejections)
                self.rejected_keys.add(block.rejections)
            if block.records:
                yield block.records
            done = min(self.products.bytes_read, self.size)
            self.run.report(percent=100 * done / self.size, rows=self.rows)
