from decimal import Decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0005_brand_prices"),
    ]

    operations = [
        migrations.CreateModel(
            name="Source",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("key", models.TextField(db_collation="C", editable=False)),
                ("last_rows", models.BigIntegerField(null=True)),
                ("last_import_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["key"],
                "constraints": [models.UniqueConstraint(fields=("key",), name="source_once")],
            },
        ),
        migrations.CreateModel(
            name="SourceProduct",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "source_id",
                        "product_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("source_id", models.BigIntegerField()),
                ("product_id", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["product_id"], name="source_of_product")],
            },
        ),
        # Checking the products that are there would keep their writers waiting: see 0007.
        AddConstraintNotValid(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("price__isnull", True),
                    ("price__lte", Decimal("9999999999.9999")),
                    _connector="OR",
                ),
                name="product_price_is_number",
            ),
        ),
    ]
