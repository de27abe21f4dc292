from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0010_further_accounts"),
    ]

    operations = [
        migrations.AddField(
            model_name="importbatch",
            name="differences",
            field=models.JSONField(default=list, help_text="检查时看到的改动：[行, new 或 changed, 记录, [[表头, 原值, 新值], …]]"),
        ),
    ]
