import hashlib
from collections import Counter

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


def place_on_the_circle(apps, schema_editor):
    """Give each gold answer its project, its use, its class and a place, in the order in which they were planted."""
    ranks = Counter()
    for gold in apps.get_model('crowd', 'Gold').objects.select_related('task', 'guideline').order_by('pk'):
        gold.project_id = gold.task.project_id
        gold.use = 'training' if gold.training else 'hidden'
        gold.category = _category(gold.annotation, gold.guideline.schema)[:200]
        key = (gold.project_id, gold.use, gold.category)
        gold.place = (_turn(gold.category) + _mirrored(ranks[key])) % 1.0
        ranks[key] += gold.withdrawn_at is None
        gold.save(update_fields=['project', 'use', 'category', 'place'])
    schema_editor.execute('SET CONSTRAINTS ALL IMMEDIATE')  # or the table has events pending and cannot be altered


def training_again(apps, schema_editor):
    apps.get_model('crowd', 'Gold').objects.filter(use='training').update(training=True)


def _category(annotation, schema):
    for question in schema.get('classifications', []):
        value = annotation.get('classifications', {}).get(question['name'])
        if isinstance(value, bool):
            return question['name'] if value else f'not {question["name"]}'
        if isinstance(value, str):
            return value
    labels = Counter(item['label'] for item in annotation.get('objects', []))
    order = {each['name']: place for place, each in enumerate(schema.get('objects', []))}
    return min(labels, key=lambda label: (-labels[label], order.get(label, len(order)), label), default='')


def _turn(category):
    return int.from_bytes(hashlib.sha256(category.encode()).digest()[:6], 'big') / 2**48


def _mirrored(number):
    return sum((number >> place & 1) / 2 ** (place + 1) for place in range(number.bit_length()))


class Migration(migrations.Migration):

    dependencies = [
        ('crowd', '0003_rechecks'),
    ]

    operations = [
        migrations.AddField(
            model_name='gold',
            name='category',
            field=models.CharField(blank=True, default='', help_text='The class its answer stands for.', max_length=200),
        ),
        migrations.AddField(
            model_name='gold',
            name='place',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='gold',
            name='project',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='gold', to='crowd.project'),
        ),
        migrations.AddField(
            model_name='gold',
            name='use',
            field=models.CharField(choices=[('hidden', 'Hidden among the others'), ('training', 'Training, with feedback'), ('exam', 'Exam, without feedback')], default='hidden', max_length=10),
        ),
        migrations.RunPython(place_on_the_circle, training_again),
        migrations.RemoveField(
            model_name='gold',
            name='training',
        ),
        migrations.AlterField(
            model_name='gold',
            name='place',
            field=models.FloatField(help_text='On the circle, 0 to 1.'),
        ),
        migrations.AlterField(
            model_name='gold',
            name='project',
            field=models.ForeignKey(db_index=False, help_text="The task's own, repeated here so that the walk round the circle reads one index.", on_delete=django.db.models.deletion.CASCADE, related_name='gold', to='crowd.project'),
        ),
        migrations.AddIndex(
            model_name='gold',
            index=models.Index(condition=models.Q(('withdrawn_at__isnull', True)), fields=['project', 'use', 'place'], name='gold_circle'),
        ),
        migrations.AddIndex(
            model_name='gold',
            index=models.Index(fields=['project', 'id'], name='gold_of_project'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='gold',
            trigger=pgtrigger.compiler.Trigger(name='gold_is_of_its_tasks_project', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF NEW.project_id <> (SELECT project_id FROM crowd_task WHERE id = NEW.task_id) THEN\n                        RAISE EXCEPTION 'gold is of its task''s project' USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='de128f2fdde186cafab5a62caee27b32ce5d8791', operation='INSERT OR UPDATE', pgid='pgtrigger_gold_is_of_its_tasks_project_60eca', table='crowd_gold', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='gold',
            constraint=models.CheckConstraint(condition=models.Q(('use__in', ['hidden', 'training', 'exam'])), name='gold_use_is_known'),
        ),
        migrations.AddConstraint(
            model_name='gold',
            constraint=models.CheckConstraint(condition=models.Q(('place__gte', 0.0), ('place__lt', 1.0)), name='gold_place_on_the_circle'),
        ),
    ]
