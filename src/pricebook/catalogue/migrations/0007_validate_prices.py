from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0006_sources"),
    ]

    # A transaction of its own: 0006 may hold the table's lock.
    operations = [
        ValidateConstraint(model_name="product", name="product_price_is_number"),
    ]
