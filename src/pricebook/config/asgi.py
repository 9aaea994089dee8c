"""The ASGI application: what gunicorn serves."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

from pricebook.files.gate import StorageGate

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pricebook.config.settings")

application = StorageGate(get_asgi_application())
