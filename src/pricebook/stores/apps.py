from django.apps import AppConfig


class StoresConfig(AppConfig):
    name = "pricebook.stores"
