import type { CfnResource } from 'aws-cdk-lib';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** What sets and domains need to know of an installation of ses-warden. `SesWarden` is one. */
export interface Installation {
  /** Topic that SES publishes to. */
  readonly feedbackTopic: sns.ITopic;
  /** Topic of the alarms that guard acts on. */
  readonly alarmTopic: sns.ITopic;
  /** CloudWatch namespace of the function metrics. */
  readonly metricNamespace: string;
  /** Stack name of the installation, as something in the stack of `scope` refers to it. */
  stackNameFor(scope: Construct): string;
  /** Prefix of the alarms that guard acts on, as `stackNameFor` has the stack's name. */
  alarmPrefixFor(scope: Construct): string;
  /** Makes an event destination wait for the policy of the feedback topic. */
  publishingNeeds(destination: CfnResource): void;
}
