"""Many answers to one task merged into one, with an honest confidence.

`fit` learns what a project's workers are like; `resolve` merges one task's answers given a fit. Methods are
strategies behind the registry `METHODS`.
"""

from crowd.consensus.answers import Answer, Resolution
from crowd.consensus.fits import Fit
from crowd.consensus.fitting import default_fit, fit
from crowd.consensus.methods import METHODS
from crowd.consensus.models import Method
from crowd.consensus.resolving import resolve

__all__ = ["METHODS", "Answer", "Fit", "Method", "Resolution", "default_fit", "fit", "resolve"]
