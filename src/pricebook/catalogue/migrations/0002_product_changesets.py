from django.db import migrations, models

_FILL = """
    UPDATE catalogue_product p
    SET created_in = coalesce(c.created_in, 0), changed_in = c.changed_in
    FROM (
        SELECT product_id, max(changeset_id) AS changed_in,
            min(changeset_id) FILTER (WHERE kind = 'created') AS created_in
        FROM changes_change GROUP BY product_id
    ) c
    WHERE c.product_id = p.id
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial"), ("changes", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="product",
            name="created_in",
            field=models.BigIntegerField(db_default=0, editable=False),
        ),
        migrations.AddField(
            model_name="product",
            name="changed_in",
            field=models.BigIntegerField(db_default=0, editable=False),
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
