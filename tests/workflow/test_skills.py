"""Skills decide who is given what, and each worker may have limits of their own; a claim costs what it did."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crowd.errors import Contradiction, Invalid, Refused, TooMany
from crowd.models import Assignment, Project, Task, User
from crowd.workflow import projects, tasks
from crowd.workflow.assignments import claiming, leasing, submission
from crowd.workflow.consensus import resolving
from crowd.workflow.importing.rows import Facts, add_rows
from crowd.workflow.projects import inviting, members
from crowd.workflow.tasks import bulk
from tests.factories import make

pytestmark = pytest.mark.django_db
ORDERS = ["priority", "random", "uncertainty"]


@pytest.fixture
def project(owner: User) -> Project:
    return make.project(owner, overlap=2, max_overlap=2)


def skilled(project: Project, *tags: str) -> User:
    worker = make.member(project)
    give(project, worker, *tags)
    return worker


def give(project: Project, worker: User, *tags: str) -> None:
    owner = project.memberships.get(role="owner").user
    members.set_tags(project=project, username=worker.username, tags=tags, by=owner, now=timezone.now())


def limit(project: Project, worker: User, **limits: int | None) -> None:
    owner = project.memberships.get(role="owner").user
    members.set_limits(project=project, username=worker.username, limits=limits, by=owner, now=timezone.now())


def ask(project: Project, skill: str, *tasks_: Task) -> None:
    """Have these tasks, or all, ask for a skill."""
    owner = project.memberships.get(role="owner").user
    for task in tasks_ or project.tasks.order_by("pk"):
        tasks.change(task=task, by=owner, now=timezone.now(), skill=skill)


def claim(project: Project, worker: User, *, count: int = 50) -> claiming.Claim:
    return claiming.claim(project=project, worker=worker, now=timezone.now(), rng=make.NeverGold(), count=count)


def given(project: Project, worker: User, **how: Any) -> set[int]:
    return {one.task_id for one in claim(project, worker, **how).assignments}


@pytest.mark.parametrize("order", ORDERS)
def test_nobody_is_given_a_task_whose_skill_they_have_not_and_everybody_all_others(
    project: Project, order: str
) -> None:
    Project.objects.filter(pk=project.pk).update(order=order)
    made = [make.task(project) for _ in range(9)]
    ask(project, "night", *made[:3])
    ask(project, "birds", *made[3:5])
    plain = {task.pk for task in made[5:]}
    assert given(project, skilled(project)) == plain
    assert given(project, skilled(project, "night")) == plain | {task.pk for task in made[:3]}
    # two have had the others by now, which is all that they ask for
    assert given(project, skilled(project, "night", "birds")) == {task.pk for task in made[:5]}


@pytest.mark.parametrize("order", ORDERS)
def test_a_skill_given_later_opens_what_was_passed_over(project: Project, order: str) -> None:
    Project.objects.filter(pk=project.pk).update(order=order)
    made = [make.task(project) for _ in range(4)]
    ask(project, "night", made[0])
    worker = skilled(project)
    assert given(project, worker) == {task.pk for task in made[1:]}
    empty = claim(project, worker)
    assert (empty.queue, empty.why) == ("empty", "skill")
    give(project, worker, "night")
    assert given(project, worker) == {made[0].pk}
    assert claim(project, worker).why == ""


def test_a_task_that_asks_for_a_skill_no_more_is_met_by_workers_who_were_past_it(project: Project) -> None:
    made = [make.task(project) for _ in range(3)]
    ask(project, "night", made[0])
    worker = skilled(project)
    given(project, worker)
    ask(project, "", made[0])
    assert given(project, worker) == {made[0].pk}


def test_a_worker_who_can_do_more_first_does_what_few_can(project: Project) -> None:
    made = [make.task(project) for _ in range(3)]
    ask(project, "night", made[2])
    assert given(project, skilled(project, "night"), count=1) == {made[2].pk}


@pytest.mark.parametrize("order", ORDERS)
def test_a_claim_reads_no_further_behind_tasks_for_others_and_makes_no_more_statements(
    project: Project, order: str
) -> None:
    """Tasks for others stand in the way of nobody: no statement reads them."""
    Project.objects.filter(pk=project.pk).update(order=order)
    make.images(project, 3)
    worker = skilled(project, "owls")
    claim(project, worker, count=1)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as caught:
            assert len(claim(project, worker, count=1).assignments) == 1
        counts.append(len(caught))
        ask(project, "night", *[make.task(project) for _ in range(40)])
    assert counts[0] == counts[1]


def test_a_lease_that_ran_out_is_not_given_again_to_whoever_lost_the_skill(project: Project) -> None:
    task = make.task(project)
    ask(project, "night")
    worker = skilled(project, "night")
    [leased] = claim(project, worker).assignments
    give(project, worker)
    leasing.expire(now=leased.expires_at)
    assert given(project, worker) == set()
    give(project, worker, "night")
    assert given(project, worker) == {task.pk}


def test_hidden_gold_asks_for_its_skill_too(project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(gold_rate=0.5)
    gold = make.golden(project)
    make.images(project, 4)
    ask(project, "night", gold.task)
    without, with_ = skilled(project), skilled(project, "night")
    assert make.claim(project, without, rng=make.AlwaysGold())[0].task_id != gold.task_id
    assert make.claim(project, with_, rng=make.AlwaysGold())[0].task_id == gold.task_id


def test_a_project_may_ask_everybody_for_a_skill(project: Project, owner: User) -> None:
    make.images(project, 1)
    projects.update(project=project, by=owner, changes={"skill": " night  shift "}, now=timezone.now())
    with pytest.raises(Refused, match="the skill “night shift”") as caught:
        claim(project, skilled(project, "birds"))
    assert caught.value.code == "skill_required"
    assert len(given(project, skilled(project, "night shift"))) == 1


def test_an_image_says_by_its_metadata_what_it_asks_for(project: Project, owner: User) -> None:
    projects.update(project=project, by=owner, changes={"skill_field": "language"}, now=timezone.now())
    project.refresh_from_db()
    said: list[dict[str, Any]] = [
        {"language": " plain  German"},
        {"language": 7},
        {"other": "x"},
        {"language": "x" * 50},
    ]
    rows = [Facts(str(n), f"{n:064d}", 9, 9, metadata=metadata) for n, metadata in enumerate(said)]
    add_rows(project=project, rows=rows, by=owner, now=timezone.now())
    found = project.tasks.order_by("image__name").values_list("skill", flat=True)
    assert list(found) == ["plain German", "7", "", "x" * 40]


def test_many_tasks_are_made_to_ask_for_a_skill_at_once(project: Project, owner: User) -> None:
    make.images(project, 3)
    made = bulk.begin(project=project, action="skill", skill="night", by=owner, now=timezone.now(), query={})
    bulk.run(bulk_id=made.pk, clock=timezone.now)
    made.refresh_from_db()
    assert (made.done, set(project.tasks.values_list("skill", flat=True))) == (3, {"night"})
    worker = skilled(project)
    assert claim(project, worker).why == "skill"


def test_a_task_nobody_left_can_do_goes_to_review(project: Project) -> None:
    """A third answer would pay; the only one left has not the skill."""
    task = make.task(project)
    ask(project, "night")
    Project.objects.filter(pk=project.pk).update(max_overlap=3)
    for said in (make.CAT, make.DOG):
        [leased] = claim(project, skilled(project, "night")).assignments
        submission.submit(assignment=leased, annotation=said, now=timezone.now())
    skilled(project)
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert task.state == "conflict"


def test_each_workers_own_limits_go_before_the_projects(project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(max_leases=4, answers_per_hour=100)
    make.images(project, 12)
    worker = make.member(project)
    limit(project, worker, max_leases=2)
    assert len(given(project, worker)) == 2
    with pytest.raises(Contradiction, match="You hold 2 images, which is the most you may hold here"):
        claim(project, worker)
    for one in Assignment.objects.filter(worker=worker):
        submission.submit(assignment=one, annotation=make.CAT, now=timezone.now())
    limit(project, worker, max_leases=9, answers_per_hour=3)
    [leased] = claim(project, worker).assignments
    submission.submit(assignment=leased, annotation=make.CAT, now=timezone.now())
    with pytest.raises(TooMany, match="You gave 3 answers in the last hour, the most this project takes from you"):
        claim(project, worker)
    limit(project, worker, answers_per_hour=None, most_answers=4)
    [leased] = claim(project, worker).assignments
    submission.submit(assignment=leased, annotation=make.CAT, now=timezone.now())
    empty = claim(project, worker)
    assert (empty.assignments, empty.queue, empty.why) == ((), "empty", "share")
    limit(project, worker, most_answers=None, max_leases=None)
    assert len(given(project, worker)) == 4


def test_a_limit_is_a_sensible_number(project: Project) -> None:
    worker = make.member(project)
    for wrong in ({"max_leases": 0}, {"answers_per_hour": -1}, {"most_answers": 10**7}):
        with pytest.raises(Invalid):
            limit(project, worker, **wrong)


def test_a_list_gives_tags_and_limits_and_changes_who_is_there_already(project: Project, owner: User) -> None:
    make.user("ann"), make.user("ben")
    text = "ann,worker,night;birds,40,500\nben,,,,,2\nann,worker,owls,x\ncid@example.org,worker,,5\n"
    done = inviting.add_all(project=project, text=text, role="worker", by=owner, now=timezone.now())
    assert done.added == ["ann", "ben"]
    assert [why for _, why in done.refused] == [
        "“x” is no number.",
        "Limits are given to people with an account; set them once they have joined.",
    ]
    ann, ben = (project.memberships.get(user__username=name) for name in ("ann", "ben"))
    assert (ann.tags, ann.answers_per_hour, ann.most_answers, ann.max_leases) == (["birds", "night"], 40, 500, None)
    assert (ben.tags, ben.answers_per_hour, ben.most_answers, ben.max_leases) == ([], None, None, 2)
