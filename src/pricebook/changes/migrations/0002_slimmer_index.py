from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("changes", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="change", name="change_of_product"),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                fields=["product_id", "changeset_id"],
                name="change_of_product",
                condition=~models.Q(kind="created"),
            ),
        ),
    ]
