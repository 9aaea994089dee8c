from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "pricebook.catalogue"

    def ready(self) -> None:
        """Tell the job runner how a bulk edit is done."""
        from pricebook.catalogue.announce import announce_bulk_edit  # noqa: PLC0415 (needs apps)
        from pricebook.catalogue.bulk import BULK_EDIT  # noqa: PLC0415 (needs apps)
        from pricebook.catalogue.bulk_job import run_bulk_edit  # noqa: PLC0415 (needs apps)
        from pricebook.jobs.kinds import register  # noqa: PLC0415 (needs apps)

        register(BULK_EDIT, run_bulk_edit, announce=announce_bulk_edit)
