"""How far answers agree: with a known truth, with each other, and beyond chance."""

from crowd.agreement.categories import Measure, Reliability, reliability
from crowd.agreement.classes import class_agreement, over_time
from crowd.agreement.disagreements import Disagreement, disagreement
from crowd.agreement.intervals import proportion_interval
from crowd.agreement.kappas import cohen_kappa, fleiss_kappa, krippendorff_alpha
from crowd.agreement.projects import agreement, document_alpha, pairwise, pairwise_agreement
from crowd.agreement.scores import Score, score

__all__ = [
    "Disagreement",
    "Measure",
    "Reliability",
    "Score",
    "agreement",
    "class_agreement",
    "cohen_kappa",
    "disagreement",
    "document_alpha",
    "fleiss_kappa",
    "krippendorff_alpha",
    "over_time",
    "pairwise",
    "pairwise_agreement",
    "proportion_interval",
    "reliability",
    "score",
]
