"""Every migration after the first release lets the release before it go on working."""

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from tests.upgrades import rules

pytestmark = pytest.mark.django_db(transaction=True)  # indexes made concurrently are in no transaction
NAME, KIND = models.CharField(max_length=12), models.CharField(max_length=12, db_default="")
INDEX = models.Index(fields=["kind"], name="token_kind")
CHECK = models.CheckConstraint(condition=~models.Q(name="x"), name="token_name")


def judged(*operations: object, **fields: object) -> list[str]:
    """What is said of a migration of the tokens that does these things."""
    kind = type("Migration", (migrations.Migration,), {"operations": operations, **fields})
    made = kind("9999_sample", "crowd")
    made.dependencies = [("crowd", rules.later()[-1].name)]
    return rules.faults(made)


def test_no_migration_keeps_the_release_before_it_from_working() -> None:
    assert [fault for one in rules.later() for fault in rules.faults(one)] == []


BAD = {
    "NOT NULL without db_default": ("db_default", migrations.AddField("apitoken", "kind", NAME)),
    "an index that blocks writes": (
        "require-concurrent-index-creation",
        migrations.AddIndex("apitoken", models.Index(fields=["name"], name="token_name")),
    ),
    "a constraint that scans": ("constraint-missing-not-valid", migrations.AddConstraint("apitoken", CHECK)),
    "another type": ("changing-column-type", migrations.AlterField("apitoken", "name", models.BinaryField())),
    "NOT NULL where it was not": (
        "adding-not-nullable-field",
        migrations.AlterField("apitoken", "last_used_at", models.DateTimeField()),
    ),
    "another name": ("the release before may use it", migrations.RenameField("apitoken", "name", "title")),
    "a column that goes": ("the release before may use it", migrations.RemoveField("apitoken", "name")),
    "a table that goes": ("the release before may use it", migrations.DeleteModel("SavedFilter")),
}


@pytest.mark.parametrize("what", BAD)
def test_what_would_stop_people_is_found(what: str) -> None:
    told, operation = BAD[what]
    assert any(told in fault for fault in judged(operation)), judged(operation)


def test_what_stops_nobody_is_let_through() -> None:
    assert judged(migrations.AddField("apitoken", "kind", KIND)) == []
    index = models.Index(fields=["name"], name="token_name")
    assert judged(AddIndexConcurrently("apitoken", index), atomic=False) == []
    assert any("of its own" in one for one in judged(*[AddIndexConcurrently("apitoken", index)] * 2, atomic=False))


def test_a_column_goes_a_release_after_the_last_one_that_used_it(monkeypatch: pytest.MonkeyPatch) -> None:
    leaving = migrations.RemoveField("apitoken", "name")
    assert any("may use it" in one for one in judged(leaving, contracts_after="0.1.0"))
    monkeypatch.setattr("crowd.__version__", "0.2.0")
    assert not any("may use it" in one for one in judged(leaving, contracts_after="0.1.0"))
