"""Every check of the demo can fail, and says why."""

from dataclasses import replace

from crowd.demo import outcome
from crowd.demo.images import classified
from crowd.demo.measures import Accuracy
from tests.demo.runs import PICTURES, other, task


def faults(run):
    return list(outcome.faults(run, outcome.of(run)))


def test_a_run_in_which_all_went_well_has_no_fault(run):
    found = outcome.of(run)
    assert faults(run) == []
    assert (found.images, found.gold, found.answers, found.answers_on_gold) == (10, 2, 24, 6)
    assert found.answers_per_image == 3.0
    assert found.majority == found.proposed == found.sure == found.released == Accuracy(1.0)
    assert (found.pausing.precision, found.pausing.recall) == (1.0, 1.0)


def test_void_answers_count_as_given_and_skips_do_not(run):
    run.tasks = [
        {**one, "assignments": [{**each, "state": "void"} for each in one["assignments"]]} for one in run.tasks
    ]
    assert outcome.of(run).answers == 24


def test_an_image_left_unresolved_is_a_fault(run):
    run.stats["tasks"] |= {"resolved": 9, "conflict": 1}
    assert [fault.split(":")[1] for fault in faults(run)] == [" 9 of 10 images are resolved"]


def test_a_release_that_lacks_an_image_is_a_fault(run):
    run.release = replace(run.release, images=9)
    assert faults(run) == ["digits: the release does not hold every image."]


def test_fewer_answers_than_asked_for_are_a_fault(run):
    run.tasks = [task(one, one.digit, consensus=one.digit) for one in PICTURES]
    assert faults(run) == ["digits: 1.00 answers an image are fewer than the overlap asks for."]


def test_a_spammer_who_goes_on_is_a_fault(run):
    run.workers["otto"] = {"status": "active"}
    assert faults(run) == ["digits: these spam and were not paused: otto."]


def test_a_good_worker_who_was_paused_is_a_fault_and_a_sloppy_one_is_not(run):
    run.workers["amara"] = run.workers["jun"] = {"status": "paused"}
    assert faults(run) == ["digits: these work well and were paused: amara."]
    assert outcome.of(run).pausing.precision == 3 / 5


def test_an_unreadable_image_that_never_reached_the_reviewer_is_a_fault(run):
    run.effort = replace(run.effort, asked=tuple(replace(one, illegible=True) for one in run.effort.asked))
    assert faults(run) == ["digits: 0 conflicts are fewer than the images that nobody can read."]


def test_a_consensus_below_the_floor_is_a_fault_even_if_the_majority_is_no_better(run):
    wrong = [task(one, *[other(one.digit)] * 3, consensus=other(one.digit)) for one in PICTURES[:3]]
    run.tasks = run.proposed = [*wrong, *run.tasks[3:]]
    assert faults(run) == ["digits: the consensus is less right (87.5%) than it must be (90.0%)."]


def test_a_majority_that_beats_us_and_a_release_worse_than_the_consensus_are_faults(run):
    run.proposed = [task(PICTURES[9], consensus=None, state="conflict"), *run.proposed[:9]]
    run.effort = replace(run.effort, least=Accuracy(0.8))
    run.release.labels[PICTURES[9].sha256]["annotation"] = classified(other(PICTURES[9].digit))
    assert faults(run) == ["digits: a plain majority of the same answers is more right (100.0% to 87.5%)."]
    run.proposed = run.tasks
    assert faults(run) == ["digits: the release is less right (87.5%) than the consensus was (100.0%)."]
