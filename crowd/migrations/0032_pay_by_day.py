"""What workers gave on each day is told by every task, so the figures are counted anew; rows are one a project."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("crowd", "0031_token_scopes_read_what_they_write")]

    operations = [migrations.RunSQL("UPDATE crowd_summary SET through = 0", migrations.RunSQL.noop)]
