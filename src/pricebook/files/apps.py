from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "pricebook.files"
