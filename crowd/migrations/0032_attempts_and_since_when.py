"""Runs that were killed are counted; a task says since when it waits to be looked at."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('crowd', '0031_token_scopes_read_what_they_write'),
    ]

    operations = [
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job', models.CharField(max_length=60)),
                ('key', models.BigIntegerField(help_text='Id of what it works on.')),
                ('times', models.PositiveSmallIntegerField(default=1)),
                ('at', models.DateTimeField(help_text='When the last one began.')),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='task',
            name='task_keeps_its_place',
        ),
        migrations.AddField(
            model_name='task',
            name='asked_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='Since when it is.', null=True),
        ),
        migrations.AlterField(
            model_name='task',
            name='stale_at',
            field=models.DateTimeField(blank=True, help_text='It is to be looked at; when that was last sent.', null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='task',
            trigger=pgtrigger.compiler.Trigger(name='task_keeps_its_place', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    NEW.band := LEAST(FLOOR(GREATEST(NEW.uncertainty, 0) * 10), 9);\n                    NEW.begun := NEW.begun OR NEW.overlap > NEW.open_slots;\n                    NEW.asked_at := CASE\n                        WHEN NEW.stale_at IS NULL THEN NULL\n                        WHEN TG_OP = 'INSERT' THEN NEW.stale_at\n                        ELSE COALESCE(OLD.asked_at, OLD.stale_at, NEW.stale_at) END;\n                    IF NEW.state = 'open' AND NEW.open_slots > 0 AND (\n                        TG_OP = 'INSERT' OR OLD.state <> 'open' OR OLD.open_slots = 0 OR OLD.begun <> NEW.begun\n                        OR OLD.priority <> NEW.priority OR OLD.skill <> NEW.skill OR OLD.band <> NEW.band\n                    ) THEN\n                        NEW.entered := pg_current_xact_id()::text::bigint;\n                    END IF;\n                    RETURN NEW;\n                ", hash='96f3e8eba9237de7f806d0f22afaa00d7fdd987f', operation='INSERT OR UPDATE', pgid='pgtrigger_task_keeps_its_place_21594', table='crowd_task', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('job', 'key'), name='attempt_once'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('times__gte', 1)), name='attempt_was_made'),
        ),
    ]
