"""`sluice handover`: Spark goes on with the tables of a pipeline, and sluice with those of a Spark job."""

from handover import generated, kafka, kills, refusals, switches


def cases():
    return switches.cases() + generated.cases() + kafka.cases() + kills.cases() + refusals.cases()
