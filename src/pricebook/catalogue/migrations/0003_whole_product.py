import django.db.models.deletion
from django.db import migrations, models

# The sets before this one do not say by how much the book grew.
_COUNT = """
    UPDATE changes_totals SET (products, active) = (
        SELECT count(*), count(*) FILTER (WHERE active)
        FROM catalogue_product WHERE deleted_at IS NULL)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("changes", "0003_totals"),
        ("catalogue", "0002_product_changesets"),
        ("jobs", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="attributes",
            field=models.JSONField(
                blank=True, db_default=models.Value({}, models.JSONField()), default=dict
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="brand",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        migrations.AddField(
            model_name="product",
            name="category",
            field=models.CharField(blank=True, db_default="", max_length=500),
        ),
        migrations.AddField(
            model_name="product",
            name="currency",
            field=models.CharField(blank=True, db_default="", max_length=3),
        ),
        migrations.AddField(
            model_name="product",
            name="gtin",
            field=models.CharField(blank=True, db_default="", max_length=50, verbose_name="GTIN"),
        ),
        migrations.AddField(
            model_name="product",
            name="image_url",
            field=models.CharField(
                blank=True, db_default="", max_length=2000, verbose_name="image address"
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="unit_size",
            field=models.CharField(blank=True, db_default="", max_length=100),
        ),
        migrations.AddField(
            model_name="product",
            name="url",
            field=models.CharField(
                blank=True, db_default="", max_length=2000, verbose_name="address"
            ),
        ),
        migrations.AlterField(
            model_name="product",
            name="active",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.CreateModel(
            name="BulkEdit",
            fields=[
                (
                    "job",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="jobs.job",
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("activate", "Activate"),
                            ("deactivate", "Deactivate"),
                            ("delete", "Delete"),
                            ("undo", "Undo"),
                        ],
                        max_length=20,
                    ),
                ),
                ("selection", models.JSONField(default=dict)),
                ("kept", models.JSONField(default=list)),
                (
                    "undoes",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="undone_by",
                        to="jobs.job",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(_COUNT, migrations.RunSQL.noop),
    ]
