"""What we use of kinds that a cluster learns from operators, as their documentation has it; nothing else passes."""

from typing import Any


def closed(required: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an object with these properties and no other."""
    properties = {**required, **more}
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


def listed(of: Any) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": of}


TEXT = {"type": "string", "minLength": 1}
COUNT = {"type": "integer", "minimum": 0}
SPAN = {"type": "string", "pattern": r"^(\d+(ms|s|m|h))+$"}
WORDS = {"type": "object", "additionalProperties": {"type": "string"}}
METADATA = closed({"name": TEXT}, namespace=TEXT, labels=WORDS, annotations=WORDS)


def kind(version: str, name: str, spec: dict[str, Any]) -> tuple[tuple[str, str], dict[str, Any]]:
    whole = {"apiVersion": {"const": version}, "kind": {"const": name}, "metadata": METADATA, "spec": spec}
    return (version, name), closed(whole)


NUMBER = {"type": "string", "pattern": r"^\d+$"}
RABBITMQ = closed(
    {"queueName": TEXT, "mode": {"enum": ["QueueLength", "MessageRate"]}, "value": NUMBER},
    protocol={"enum": ["amqp", "http", "auto"]},
    host=TEXT,
    vhostName=TEXT,
)
TRIGGER = closed({"type": {"const": "rabbitmq"}, "metadata": RABBITMQ}, authenticationRef=closed({"name": TEXT}))
SCHEMAS = dict(
    (
        kind(
            "keda.sh/v1alpha1",
            "ScaledObject",
            closed(
                {"scaleTargetRef": closed({"name": TEXT}, kind=TEXT, apiVersion=TEXT), "triggers": listed(TRIGGER)},
                minReplicaCount=COUNT,
                maxReplicaCount=COUNT,
                cooldownPeriod=COUNT,
                pollingInterval=COUNT,
            ),
        ),
        kind(
            "keda.sh/v1alpha1",
            "TriggerAuthentication",
            closed({"secretTargetRef": listed(closed({"parameter": TEXT, "name": TEXT, "key": TEXT}))}),
        ),
        kind(
            "external-secrets.io/v1",
            "ExternalSecret",
            closed(
                {
                    "secretStoreRef": closed({"name": TEXT, "kind": {"enum": ["SecretStore", "ClusterSecretStore"]}}),
                    "target": closed({"name": TEXT, "creationPolicy": {"enum": ["Owner", "Orphan", "Merge", "None"]}}),
                    "data": listed(closed({"secretKey": TEXT, "remoteRef": closed({"key": TEXT}, property=TEXT)})),
                },
                refreshInterval=SPAN,
            ),
        ),
        kind(
            "monitoring.coreos.com/v1",
            "ServiceMonitor",
            closed(
                {
                    "selector": closed({"matchLabels": WORDS}),
                    "endpoints": listed(
                        closed(
                            {"port": TEXT},
                            path=TEXT,
                            interval=SPAN,
                            scrapeTimeout=SPAN,
                            authorization=closed({"credentials": closed({"name": TEXT, "key": TEXT})}, type=TEXT),
                        )
                    ),
                },
                jobLabel=TEXT,
            ),
        ),
    )
)
