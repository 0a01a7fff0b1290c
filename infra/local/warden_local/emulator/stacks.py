"""CloudFormation, where ministack 1.5.33 differs from AWS.

- ministack refuses an alarm on metric math. Here it is created.
- ministack drops the reserved concurrency of a function, but guard must run only once at a time.
"""

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners


def correct() -> None:
    take_metric_math()
    take_reserved_concurrency()


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
        return {**alarm, "Metrics": properties["Metrics"]}

    provisioners._cw_metric_alarm_record = record


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
