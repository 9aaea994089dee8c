import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

# PostgreSQL keeps no statistics for the expressions of partial indexes; without them it takes a
# common word for a rare one, and a list takes a second at 5 million products (CREATE STATISTICS).
_STATISTICS = [
    (
        f"CREATE STATISTICS product_{field}_upper ON (upper({field})) FROM catalogue_product",
        f"DROP STATISTICS product_{field}_upper",
    )
    for field in ("name", "brand", "category")
]


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0003_whole_product"),
    ]

    operations = [
        TrigramExtension(),
        migrations.AddIndex(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("name"), name="gin_trgm_ops"
                ),
                condition=models.Q(("deleted_at__isnull", True)),
                name="product_name_part",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["name"],
                name="product_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["price", "id"],
                name="product_by_price",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["changed_in", "id"],
                name="product_by_change",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                django.db.models.functions.text.Upper("brand"),
                models.F("sku_key"),
                condition=models.Q(
                    ("deleted_at__isnull", True), models.Q(("brand", ""), _negated=True)
                ),
                name="product_brand",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                django.db.models.functions.text.Upper("category"),
                models.F("sku_key"),
                condition=models.Q(
                    ("deleted_at__isnull", True), models.Q(("category", ""), _negated=True)
                ),
                name="product_category",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at__isnull", True), models.Q(("gtin", ""), _negated=True)
                ),
                fields=["gtin"],
                name="product_gtin",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("active", False)),
                fields=["sku_key"],
                name="product_inactive",
            ),
        ),
        *(migrations.RunSQL(make, drop) for make, drop in _STATISTICS),
    ]
