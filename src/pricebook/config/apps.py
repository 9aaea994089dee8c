from django.apps import AppConfig


class PricebookConfig(AppConfig):
    name = "pricebook.config"
    label = "pricebook"

    def ready(self) -> None:
        """Make Celery's application the current one in every process that sends tasks."""
        from pricebook.config import celery  # noqa: F401, PLC0415 (needs the settings)
