from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "pricebook.imports"

    def ready(self) -> None:
        """Tell the job runner how an import is done."""
        from pricebook.imports import tasks  # noqa: F401, PLC0415 (registers its kind of job)
