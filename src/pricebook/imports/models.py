"""Import: a job that merges one product file into the book, and what it refused."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Lower

from pricebook.catalogue.models import Source
from pricebook.catalogue.modes import Mode
from pricebook.files.models import StoredFile
from pricebook.jobs.models import Job, Status

IMPORT = "import"
# What the file of products that came as JSON is called.
LIST_OF_THE_API = "api-products.csv"


class Phase(models.TextChoices):
    """What an import is doing."""

    STAGING = "staging", "Reading the file"
    COMPARING = "comparing", "Comparing with the book"
    WAITING = "waiting", "Waiting for an earlier job"
    MERGING = "merging", "Merging into the book"
    DEACTIVATING = "deactivating", "Switching off what is missing"


class FileFormat(models.TextChoices):
    """What a product file is."""

    CSV = "csv", "Delimited text"
    JSON_LINES = "jsonl", "JSON lines"
    JSON = "json", "JSON"
    XLSX = "xlsx", "Excel workbook"
    XML = "xml", "XML"


class SavedMapping(models.Model):
    """How files of one kind are to be read, kept for the next one (A10).

    One with a fingerprint is taken for every file with such a header; one with a name can be
    asked for.
    """

    name = models.CharField(max_length=100, blank=True)
    # Of the header, see `feed.outline.fingerprint`.
    fingerprint = models.CharField(max_length=64, blank=True)
    # `feed.choices.Choices` as `imports.choices` writes them.
    choices: models.JSONField[dict[str, object], dict[str, object]] = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "-updated_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("name"), condition=~Q(name=""), name="mapping_name_once"),
            models.UniqueConstraint(
                fields=["fingerprint"], condition=~Q(fingerprint=""), name="mapping_header_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"header {self.fingerprint[:8]}"


class ImportQuerySet(models.QuerySet["Import"]):
    """The reads of imports."""

    def recent(self) -> ImportQuerySet:
        """Return imports, the newest first, with all that a list of them shows.

        `duplicate_of` is the last import before it that brought the same bytes into the book.
        """
        same = Import.objects.bringing(OuterRef("file__sha256"), before=OuterRef("job__created_at"))
        return (
            self.select_related("job", "job__actor", "file", "source", "mapping")
            # That of a file of thousands of columns is megabytes.
            .defer("outline")
            .annotate(duplicate_of=Subquery(same.values("pk")[:1]))
            .order_by("-job__created_at")
        )

    def bringing(self, sha256: str | OuterRef, *, before: datetime | OuterRef) -> ImportQuerySet:
        """Return the completed imports of a content, the newest first; none while it is unread."""
        return (
            self.filter(
                file__sha256=sha256, job__status=Status.COMPLETED, job__created_at__lt=before
            )
            .exclude(file__sha256="")
            .order_by("-job__created_at")
        )


class Import(models.Model):
    """What is particular to an import; its state and counts are its job's (one id for both)."""

    job = models.OneToOneField(Job, primary_key=True, on_delete=models.CASCADE, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="imports")
    # Whether a person wants to see what it would do before it does it (A11).
    preview = models.BooleanField(default=False)
    # What it may do (A15): `options.Options`.
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.UPSERT)
    source = models.ForeignKey(Source, null=True, on_delete=models.SET_NULL, related_name="+")
    deactivate_missing = models.BooleanField(default=False)
    all_or_nothing = models.BooleanField(default=False)
    # How the file is to be read, where somebody said so or it was read once: `imports.choices`.
    choices: models.JSONField[dict[str, object] | None, dict[str, object] | None] = (
        models.JSONField(null=True)
    )
    mapping = models.ForeignKey(
        SavedMapping, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # The import whose rejected rows this one brings, mended.
    mends = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="mended_by"
    )
    # Products that were switched off because the file does not have them; they are no rows of it.
    deactivated_products = models.BigIntegerField(default=0)
    # How the file was understood, for people: known once its head was read.
    format = models.CharField(max_length=10, choices=FileFormat, blank=True)
    # Such as "gzip in zip", and the file's name in its archive.
    packed_in = models.CharField(max_length=20, blank=True)
    member = models.CharField(max_length=300, blank=True)
    sheet = models.CharField(max_length=100, blank=True)
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    header_line = models.PositiveIntegerField(null=True)
    decimal = models.CharField(max_length=1, blank=True)
    # Its columns with samples: `outlines.StoredOutline`; empty before its head was read.
    outline: models.JSONField[dict[str, object], dict[str, object]] = models.JSONField(default=dict)
    columns = models.JSONField(default=dict)
    ignored_columns = models.JSONField(default=list)
    # Storage key of the complete reject file; blank when nothing was rejected.
    rejects_key = models.CharField(max_length=200, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-job__created_at"]

    def __str__(self) -> str:
        return f"import of {self.file}"

    @property
    def is_ours(self) -> bool:
        """Whether we wrote its file: mended rows, or a list that came as JSON."""
        return self.mends_id is not None or self.file.name == LIST_OF_THE_API


class Review(models.Model):
    """What an import would do, written down when it was set aside, and who let it go on (A11)."""

    parent = models.OneToOneField(
        Import, primary_key=True, on_delete=models.CASCADE, related_name="review"
    )
    # Why somebody has to decide: `guards.Reason`; none when the preview was asked for.
    reasons: models.JSONField[list[dict[str, object]], list[dict[str, object]]] = models.JSONField(
        default=list
    )
    new_rows = models.BigIntegerField()
    changed_rows = models.BigIntegerField()
    unchanged_rows = models.BigIntegerField()
    # Rows that the mode does not let through, and products that the file does not have.
    skipped_rows = models.BigIntegerField(default=0)
    missing_products = models.BigIntegerField(default=0)
    # What looks odd, and rows for example: `review.Oddity`, `preview.SampleRow`.
    oddities: models.JSONField[list[dict[str, object]], list[dict[str, object]]] = models.JSONField(
        default=list
    )
    samples: models.JSONField[list[dict[str, object]], list[dict[str, object]]] = models.JSONField(
        default=list
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    # The job's queue number then: one that is queued anew, such as a cancelled one, is to be seen
    # anew. A job that is only sent again keeps its number.
    approved_turn = models.BigIntegerField(null=True)
    # What tells it from a later one, for whoever decides by what a page showed.
    written_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"review of {self.parent}"


class RejectCause(models.Model):
    """How many rows of an import were rejected for one cause; complete, whatever their number."""

    parent = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="causes")
    code = models.CharField(max_length=40)
    column = models.CharField(max_length=200, blank=True)
    message = models.TextField()
    rows = models.BigIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-rows", "code", "column"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["parent", "code", "column"], name="reject_cause_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.rows}"


class RejectedRow(models.Model):
    """One problem of one rejected row: the first ones only, the reject file has them all (A9)."""

    parent = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rejected_rows")
    line = models.BigIntegerField()
    column = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40)
    message = models.TextField()
    value = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["line", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["parent", "code", "column", "line"], name="rejected_row_by_cause"),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"
