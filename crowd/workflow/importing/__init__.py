"""Images come in: uploaded here and now (`uploads`), or in the background (`imports`, run by `runs`).

Each source says in a file of its own what its next batch is: `buckets`, `manifests` (with `web`), `sets` (with
`labels`); `rows` writes what was found.
"""

from crowd.workflow.importing.uploads import Duplicate, Rejection, Upload, add_images, clean_name

__all__ = ["Duplicate", "Rejection", "Upload", "add_images", "clean_name"]
