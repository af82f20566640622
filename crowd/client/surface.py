"""Every call of both clients, by name."""

from typing import Any

from crowd.client import images as _images
from crowd.client import projects as _projects
from crowd.client import releases as _releases
from crowd.client import work as _work
from crowd.client.calls import Call, Listing
from crowd.client.line import Line
from crowd.client.steps import Steps


def call(line: Line, /, method: str, path: str, *, json: Any = None, **params: Any) -> Steps[Any]:
    """Any other call of `/api/docs/`, such as `call("GET", "projects/pets/reports/")`; gives its document."""
    return line.do(method, path, json=json, params=params)


def rows(line: Line, /, path: str, **params: Any) -> Steps[None]:
    """The rows of any other list of `/api/docs/`."""
    return line.rows(path, **params)


def fetch(line: Line, /, url: str) -> Steps[bytes]:
    """The bytes behind an address that the site gave, such as an image's `url`; the token does not go along."""
    return line.fetch(url)


class Calls:
    """What a client can do. Lists are read row by row, whatever their length."""

    def __init__(self, site: str, token: str, *, patience: float) -> None:
        if not site.startswith(("http://", "https://")):
            raise ValueError(f"{site!r} is no address of a site; it begins with http:// or https://")
        self.line = Line(site.rstrip("/"), token, patience)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.line.site!r})"

    projects = Listing(_projects.every)
    project = Call(_projects.read)
    create_project = Call(_projects.create)
    change_project = Call(_projects.change)
    delete_project = Call(_projects.delete)
    stats = Call(_projects.stats)
    workers = Listing(_projects.workers)
    set_worker = Call(_projects.set_worker)
    members = Listing(_projects.members)
    add_member = Call(_projects.add_member)
    remove_member = Call(_projects.remove_member)

    guidelines = Listing(_projects.guidelines)
    draft_guideline = Call(_projects.draft_guideline)
    guideline_impact = Call(_projects.guideline_impact)
    publish_guideline = Call(_projects.publish_guideline)
    acknowledge_guideline = Call(_projects.acknowledge_guideline)

    images = Listing(_images.images)
    upload_images = Call(_images.upload_images)
    imports = Listing(_images.imports)
    import_bucket = Call(_images.import_bucket)
    import_manifest = Call(_images.import_manifest)
    import_set = Call(_images.import_set)
    read_import = Call(_images.read_import)
    cancel_import = Call(_images.cancel_import)
    wait_import = Call(_images.wait_import)

    gold = Listing(_work.gold)
    plant_gold = Call(_work.plant_gold)
    correct_gold = Call(_work.correct_gold)
    withdraw_gold = Call(_work.withdraw_gold)
    load_prelabels = Call(_work.load_prelabels)

    tasks = Listing(_work.tasks)
    task = Call(_work.task)
    change_task = Call(_work.change_task)
    conflicts = Listing(_work.conflicts)
    adjudicate = Call(_work.adjudicate)
    reopen = Call(_work.reopen)
    labels = Listing(_work.labels)
    events = Listing(_work.events)

    me = Call(_work.me)
    claim = Call(_work.claim)
    autosave = Call(_work.autosave)
    submit = Call(_work.submit)
    skip = Call(_work.skip)

    releases = Listing(_releases.every)
    release = Call(_releases.read)
    cut_release = Call(_releases.cut)
    wait_release = Call(_releases.wait)
    release_difference = Call(_releases.difference)
    release_images = Listing(_releases.images)
    pull = Call(_releases.pull)

    call = Call(call)
    rows = Listing(rows)
    fetch = Call(fetch)
