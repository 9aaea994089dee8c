from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class AccountsConfig(AppConfig):
    name = "pricebook.accounts"
    default = True


class OperatorAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "pricebook.accounts.operator_site.OperatorSite"
