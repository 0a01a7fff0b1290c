"""CloudFormation, where ministack 1.5.33 differs from AWS.

- An alarm on metric math is refused. Here it is created.
- The reserved concurrency of a function is dropped, and guard relies on running once
  at a time.
- A condition selects from a parameter alone, and from no list that is split or joined.
"""

from ministack.services import lambda_svc
from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks


def correct() -> None:
    take_metric_math()
    take_reserved_concurrency()
    take_texts_in_conditions()


def take_metric_math() -> None:
    plain_record = provisioners._cw_metric_alarm_record

    def record(name: str, properties: dict) -> dict:
        if not properties.get("Metrics"):
            return plain_record(name, properties)
        stand_in = {**properties, "MetricName": "expression", "Namespace": "expression"}
        del stand_in["Metrics"]
        alarm = plain_record(name, stand_in)
        for key in ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period"):
            alarm.pop(key, None)
        return {**alarm, "Metrics": [with_numbers(query) for query in properties["Metrics"]]}

    provisioners._cw_metric_alarm_record = record


def with_numbers(query: dict) -> dict:
    """Parameters are strings, and the SDK reads no period from one."""
    stat = query.get("MetricStat")
    return {**query, "MetricStat": {**stat, "Period": int(stat["Period"])}} if stat else query


def take_reserved_concurrency() -> None:
    handler = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    create = handler["create"]

    def create_with_concurrency(logical_id: str, properties: dict, stack: str) -> tuple:
        name, attributes = create(logical_id, properties, stack)
        reserved = properties.get("ReservedConcurrentExecutions")
        if reserved is not None:
            lambda_svc._functions[name]["concurrency"] = int(reserved)
        return name, attributes

    handler["create"] = create_with_concurrency


def take_texts_in_conditions() -> None:
    evaluate = engine._evaluate_conditions
    if evaluate.__module__ == __name__:
        return

    def resolved(node, parameters: dict):
        if isinstance(node, list):
            return [resolved(part, parameters) for part in node]
        if not isinstance(node, dict):
            return node
        if node.keys() & {"Fn::Select", "Fn::Join", "Fn::Split"}:
            return engine._resolve_refs(node, {}, parameters, {}, {}, "", "")
        return {key: resolved(value, parameters) for key, value in node.items()}

    def evaluate_all(template: dict, parameters: dict) -> dict:
        return evaluate({**template, "Conditions": resolved(template.get("Conditions", {}), parameters)}, parameters)

    for module in (engine, changesets, handlers, stacks):
        module._evaluate_conditions = evaluate_all
