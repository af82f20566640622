"""Two who change the same thing at the same moment, both knowing what it was: one of them is told."""

from functools import partial

import pytest

from tests.api.world import V1, client
from tests.factories import make
from tests.workflow.test_races import at_once


@pytest.mark.usefixtures("settled")
def test_of_changes_at_once_that_name_one_tag_one_is_made() -> None:
    owner = make.user()
    path = f"{V1}projects/{make.project(owner).slug}/"
    seen = client(owner).get(path)["ETag"]

    def change(name: str) -> int:
        return client(owner).patch(path, {"name": name}, headers={"If-Match": seen}).status_code

    answers = at_once([partial(change, name) for name in ("One", "Two", "Three", "Four")])
    assert sorted(answers) == [200, 412, 412, 412]
