from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("changes", "0002_slimmer_index")]

    operations = [
        migrations.AddField(
            model_name="changeset",
            name="products_delta",
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="changeset",
            name="active_delta",
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.CreateModel(
            name="Totals",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("products", models.BigIntegerField(default=0)),
                ("active", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.RunSQL(
            "INSERT INTO changes_totals (products, active) VALUES (0, 0)",
            migrations.RunSQL.noop,
        ),
    ]
