"""The addresses of the pages."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import path

from pricebook.web.views import (
    bulk,
    export,
    home,
    imports,
    jobs,
    keys,
    mapping,
    mappings,
    mending,
    product,
    products,
    sources,
    users,
)
from pricebook.web.views.sign_in import SignIn

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    # Open, so that signing out of an ended session leads to sign-in and not back here.
    path("sign-out/", login_not_required(LogoutView.as_view()), name="sign-out"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<uuid:import_id>/", imports.import_page, name="import"),
    path("imports/<uuid:import_id>/approve/", imports.approve, name="import-approve"),
    path("imports/<uuid:import_id>/discard/", imports.discard, name="import-discard"),
    path("imports/<uuid:import_id>/mapping/", mapping.mapping, name="import-mapping"),
    path("imports/<uuid:import_id>/mend/", mending.mend_rows, name="import-mend"),
    path("jobs/tray/", jobs.tray, name="tray"),
    path("jobs/<uuid:besides>/tray/", jobs.tray, name="tray-besides"),
    path("jobs/<uuid:job_id>/", jobs.job_page, name="job"),
    path("jobs/<uuid:job_id>/card/", jobs.job_card, name="job-card"),
    path("jobs/<uuid:job_id>/progress/", jobs.job_progress, name="job-progress"),
    path("jobs/<uuid:job_id>/cancel/", jobs.cancel, name="job-cancel"),
    path("jobs/<uuid:job_id>/retry/", jobs.retry, name="job-retry"),
    path("jobs/<uuid:job_id>/undo/", jobs.undo, name="job-undo"),
    path("products/", products.products, name="products"),
    path("products/suggestions/", product.suggestions, name="product-suggestions"),
    path("products/new/", product.new_product, name="product-new"),
    path("products/export/", export.export, name="products-export"),
    path("products/bulk/", bulk.edit_many, name="products-bulk"),
    path("products/delete-all/", bulk.delete_all, name="products-delete-all"),
    path("products/<int:product_id>/", product.product_page, name="product"),
    path("products/<int:product_id>/edit/", product.edit_product, name="product-edit"),
    path("products/<int:product_id>/delete/", product.delete, name="product-delete"),
    path(
        "products/<int:product_id>/changes/before/<int:before>/",
        product.older_changes,
        name="product-older",
    ),
    path(
        "products/<int:product_id>/changes/<int:changeset_id>/undo/",
        product.undo_one,
        name="product-undo",
    ),
    path("changes/<int:changeset_id>/undo/", bulk.undo_set, name="changeset-undo"),
    path("sample_products.csv", products.sample_products, name="sample-products"),
    path("settings/", users.settings, name="settings"),
    path("settings/keys/", keys.keys, name="keys"),
    path("settings/keys/new/", keys.new_key, name="key-new"),
    path("settings/keys/<int:key_id>/rotate/", keys.rotate_key, name="key-rotate"),
    path("settings/keys/<int:key_id>/revoke/", keys.revoke_key, name="key-revoke"),
    path("settings/mappings/", mappings.mappings, name="mappings"),
    path("settings/mappings/<int:mapping_id>/rename/", mappings.rename, name="mapping-rename"),
    path("settings/mappings/<int:mapping_id>/delete/", mappings.delete, name="mapping-delete"),
    path("settings/sources/", sources.sources, name="sources"),
    path("settings/sources/<int:source_id>/rename/", sources.rename, name="source-rename"),
    path("settings/sources/<int:source_id>/forget/", sources.forget, name="source-forget"),
    path("settings/password/", users.own_password, name="password"),
    path("settings/users/", users.users, name="users"),
    path("settings/users/new/", users.new_user, name="user-new"),
    path("settings/users/<int:user_id>/role/", users.user_role, name="user-role"),
    path("settings/users/<int:user_id>/password/", users.user_password, name="user-password"),
    path("settings/users/<int:user_id>/deactivate/", users.deactivate_user, name="user-deactivate"),
    path("settings/users/<int:user_id>/reactivate/", users.reactivate_user, name="user-reactivate"),
]
