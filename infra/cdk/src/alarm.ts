import { CfnResource } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type AlarmDefinition, fill } from './definitions';

/** Creates an alarm from its definition; `overrides` replace single CloudFormation properties. */
export function createAlarm(
  scope: Construct,
  id: string,
  definition: AlarmDefinition,
  values: Readonly<Record<string, string>>,
  overrides: Readonly<Record<string, unknown>> = {},
): CfnResource {
  const properties = fill(definition.properties, values) as Record<string, unknown>;
  return new CfnResource(scope, id, {
    type: 'AWS::CloudWatch::Alarm',
    properties: { ...properties, ...overrides },
  });
}
