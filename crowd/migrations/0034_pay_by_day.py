"""What workers gave on each day is told by every task, so the figures are counted anew; rows are one a project."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("crowd", "0033_since_when_in_order")]

    operations = [migrations.RunSQL("UPDATE crowd_summary SET through = 0", migrations.RunSQL.noop)]
