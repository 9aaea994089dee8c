"""The addresses of the API."""

from __future__ import annotations

from django.urls import path, re_path

from pricebook.api import events, imports, products, unknown, uploads

urlpatterns = [
    path("uploads/", uploads.UploadList.as_view(), name="api-uploads"),
    path("uploads/<uuid:import_id>/", uploads.UploadDetail.as_view(), name="api-upload"),
    path(
        "uploads/<uuid:import_id>/process/",
        uploads.UploadProcess.as_view(),
        name="api-upload-process",
    ),
    path("imports/", imports.ImportList.as_view(), name="api-imports"),
    path("imports/<uuid:import_id>/", imports.ImportDetail.as_view(), name="api-import"),
    path(
        "imports/<uuid:import_id>/status/", imports.ImportStatus.as_view(), name="api-import-status"
    ),
    path("imports/<uuid:import_id>/events/", events.import_events, name="api-import-events"),
    path(
        "imports/<uuid:import_id>/cancel/", imports.ImportCancel.as_view(), name="api-import-cancel"
    ),
    path("imports/<uuid:import_id>/retry/", imports.ImportRetry.as_view(), name="api-import-retry"),
    path(
        "imports/<uuid:import_id>/rejects.csv",
        imports.ImportRejects.as_view(),
        name="api-import-rejects",
    ),
    path("products/", products.ProductList.as_view(), name="api-products"),
    path("products/<int:product_id>/", products.ProductDetail.as_view(), name="api-product"),
    re_path(r"", unknown.UnknownPath.as_view(), name="api-unknown"),
]
