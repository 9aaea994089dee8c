"""The addresses of the API."""

from __future__ import annotations

from django.urls import path, re_path

from pricebook.api import (
    bulk,
    changes,
    deliveries,
    direct_uploads,
    events,
    export,
    facets,
    history,
    imports,
    jobs,
    keys,
    mappings,
    products,
    reference,
    schema,
    sources,
    unknown,
    uploads,
    webhooks,
)

urlpatterns = [
    path("uploads/", uploads.UploadList.as_view(), name="api-uploads"),
    path("uploads/<uuid:import_id>/", uploads.UploadDetail.as_view(), name="api-upload"),
    path(
        "uploads/<uuid:import_id>/process/",
        uploads.UploadProcess.as_view(),
        name="api-upload-process",
    ),
    path("imports/", imports.ImportList.as_view(), name="api-imports"),
    path("imports/create-upload/", direct_uploads.UploadCreate.as_view(), name="api-create-upload"),
    path("imports/start/", direct_uploads.UploadStart.as_view(), name="api-start-upload"),
    path(
        "imports/uploads/<uuid:upload_id>/",
        direct_uploads.UploadResource.as_view(),
        name="api-direct-upload",
    ),
    path(
        "imports/uploads/<uuid:upload_id>/parts/",
        direct_uploads.UploadParts.as_view(),
        name="api-direct-upload-parts",
    ),
    path("imports/<uuid:import_id>/", imports.ImportDetail.as_view(), name="api-import"),
    path(
        "imports/<uuid:import_id>/status/", imports.ImportStatus.as_view(), name="api-import-status"
    ),
    path("imports/<uuid:import_id>/events/", events.import_events, name="api-import-events"),
    path(
        "imports/<uuid:import_id>/mapping/",
        mappings.ImportMapping.as_view(),
        name="api-import-mapping",
    ),
    path(
        "imports/<uuid:import_id>/approve/",
        imports.ImportApprove.as_view(),
        name="api-import-approve",
    ),
    path(
        "imports/<uuid:import_id>/discard/",
        imports.ImportDiscard.as_view(),
        name="api-import-discard",
    ),
    path(
        "imports/<uuid:import_id>/cancel/", imports.ImportCancel.as_view(), name="api-import-cancel"
    ),
    path("imports/<uuid:import_id>/retry/", imports.ImportRetry.as_view(), name="api-import-retry"),
    path("imports/<uuid:import_id>/undo/", imports.ImportUndo.as_view(), name="api-import-undo"),
    path(
        "imports/<uuid:import_id>/rejects.csv",
        imports.ImportRejects.as_view(),
        name="api-import-rejects",
    ),
    path("mappings/", mappings.MappingList.as_view(), name="api-mappings"),
    path("mappings/<int:mapping_id>/", mappings.MappingDetail.as_view(), name="api-mapping"),
    path("sources/", sources.SourceList.as_view(), name="api-sources"),
    path("sources/<int:source_id>/", sources.SourceDetail.as_view(), name="api-source"),
    path("products/", products.ProductList.as_view(), name="api-products"),
    path("products/bulk/", bulk.BulkUpsert.as_view(), name="api-products-bulk"),
    path("products/bulk-edit/", bulk.BulkEditing.as_view(), name="api-products-bulk-edit"),
    path("products/bulk-delete/", bulk.BulkDelete.as_view(), name="api-products-bulk-delete"),
    path("products/export/", export.ProductExport.as_view(), name="api-products-export"),
    path("products/facets/", facets.ProductFacets.as_view(), name="api-products-facets"),
    # A SKU may hold slashes, sent as they are or as %2F.
    path("products/by-sku/<path:sku>/", products.ProductBySku.as_view(), name="api-product-by-sku"),
    path("products/<int:product_id>/", products.ProductDetail.as_view(), name="api-product"),
    path(
        "products/<int:product_id>/history/",
        history.ProductHistory.as_view(),
        name="api-product-history",
    ),
    path(
        "products/<int:product_id>/history/<int:changeset_id>/undo/",
        history.ProductUndo.as_view(),
        name="api-product-undo",
    ),
    path("jobs/", jobs.JobList.as_view(), name="api-jobs"),
    path("jobs/<uuid:job_id>/", jobs.JobDetail.as_view(), name="api-job"),
    path("jobs/<uuid:job_id>/cancel/", jobs.JobCancel.as_view(), name="api-job-cancel"),
    path("jobs/<uuid:job_id>/retry/", jobs.JobRetry.as_view(), name="api-job-retry"),
    path("jobs/<uuid:job_id>/undo/", jobs.JobUndo.as_view(), name="api-job-undo"),
    path("changes/", changes.ChangeFeed.as_view(), name="api-changes"),
    path("webhooks/", webhooks.WebhookList.as_view(), name="api-webhooks"),
    path("webhooks/events/", webhooks.WebhookEvents.as_view(), name="api-webhook-events"),
    path("webhooks/<uuid:endpoint_id>/", webhooks.WebhookDetail.as_view(), name="api-webhook"),
    path(
        "webhooks/<uuid:endpoint_id>/test/",
        webhooks.WebhookTrial.as_view(),
        name="api-webhook-test",
    ),
    path(
        "webhooks/<uuid:endpoint_id>/rotate-secret/",
        webhooks.WebhookRotation.as_view(),
        name="api-webhook-rotate-secret",
    ),
    path(
        "webhooks/<uuid:endpoint_id>/recover/",
        deliveries.WebhookRecovery.as_view(),
        name="api-webhook-recover",
    ),
    path(
        "webhooks/<uuid:endpoint_id>/deliveries/",
        deliveries.DeliveryList.as_view(),
        name="api-deliveries",
    ),
    path(
        "webhooks/<uuid:endpoint_id>/deliveries/<int:delivery_id>/",
        deliveries.DeliveryDetail.as_view(),
        name="api-delivery",
    ),
    path(
        "webhooks/<uuid:endpoint_id>/deliveries/<int:delivery_id>/resend/",
        deliveries.DeliveryResend.as_view(),
        name="api-delivery-resend",
    ),
    path("keys/", keys.KeyList.as_view(), name="api-keys"),
    path("keys/<int:key_id>/", keys.KeyDetail.as_view(), name="api-key"),
    path("keys/<int:key_id>/rotate/", keys.KeyRotation.as_view(), name="api-key-rotate"),
    path("schema/", schema.SchemaView.as_view(), name="api-schema"),
    path("docs/", reference.api_reference, name="api-docs"),
    re_path(r"", unknown.UnknownPath.as_view(), name="api-unknown"),
]
