"""Settings tried over the API."""

from tests.api.world import V1, World


def test_what_is_not_sent_is_as_the_project_has_it(world: World) -> None:
    path = f"{V1}projects/{world.project.slug}/simulate/"
    answer = world.as_("owner").post(path, {"overlap": 2, "pay_per_answer": "0.10", "images": 10})
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["settings"]["overlap"], told["settings"]["images"]) == (2, 10)
    assert told["settings"]["max_overlap"] == world.project.max_overlap
    assert float(told["spend"]) == round(told["answers"] * 0.1, 4)
    low, high = told["accuracy_interval"]
    assert 0 <= low <= told["accuracy"] <= high <= 1


def test_nonsense_is_refused_by_its_name(world: World) -> None:
    path = f"{V1}projects/{world.project.slug}/simulate/"
    assert "overlap" in world.as_("owner").post(path, {"overlap": 0}).json()["errors"]
    assert "max_overlap" in world.as_("owner").post(path, {"overlap": 9, "max_overlap": 3}).json()["errors"]
