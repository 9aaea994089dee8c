from django.apps import AppConfig


class ChangesConfig(AppConfig):
    name = "pricebook.changes"
