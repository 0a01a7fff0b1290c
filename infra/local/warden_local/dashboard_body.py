"""The dashboard of infra/template.yaml as CloudFormation would make it, without a stack.

ministack's engine fills the template in; what only a deployed resource knows stays its
logical id, such as ``GuardFunction``.
"""

import json
from collections.abc import Mapping

from ministack.core import responses
from ministack.services.cloudformation import engine, language_extensions
from samtranslator.yaml_helper import yaml_parse

from warden_local import paths
from warden_local.emulator import stacks

REGION, STACK = "eu-central-1", "ses-warden"


def body(parameters: Mapping[str, str]) -> dict:
    responses.set_request_region(REGION)
    stacks.take_texts_in_conditions()
    template = yaml_parse(paths.TEMPLATE.read_text())
    given = engine._resolve_parameters(template, [{"Key": name, "Value": text} for name, text in parameters.items()])
    template = language_extensions.apply(template, {name: value["Value"] for name, value in given.items()})
    conditions = engine._evaluate_conditions(template, given)

    def resolve(node, resources: dict):
        return engine._resolve_refs(node, resources, given, conditions, template.get("Mappings", {}), STACK, "")

    # Alarms go by their names, as they do in CloudWatch.
    alarms = {
        name: {"PhysicalResourceId": name, "Attributes": {"Arn": resolve(properties["AlarmName"], {})}}
        for name, properties in (
            (name, resource["Properties"])
            for name, resource in template["Resources"].items()
            if resource["Type"] == "AWS::CloudWatch::Alarm"
        )
    }
    return json.loads(resolve(template["Resources"]["Dashboard"]["Properties"]["DashboardBody"], alarms))
