import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Case, F, Value, When


def keep_everybody_working(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Whoever could do everything before stays as able: superusers as admins, others as editors."""
    user = apps.get_model("accounts", "User")
    user.objects.update(
        role=Case(When(is_superuser=True, then=Value("admin")), default=Value("editor")),
        is_staff=F("is_superuser"),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelManagers(name="user", managers=[]),
        migrations.AlterModelOptions(name="apikey", options={"ordering": ["-created_at", "-pk"]}),
        migrations.AddField(
            model_name="user",
            name="role",
            field=models.CharField(
                choices=[
                    ("viewer", "Viewer"),
                    ("editor", "Editor"),
                    ("admin", "Administrator"),
                ],
                default="viewer",
                max_length=10,
            ),
        ),
        migrations.RunPython(keep_everybody_working, migrations.RunPython.noop),
        migrations.AddField(
            model_name="apikey",
            name="successor",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="predecessor",
                to="accounts.apikey",
            ),
        ),
    ]
