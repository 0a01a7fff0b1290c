import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Aws, type CfnCondition, type CfnResource, Stack, Token, Validations } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import type { CfnFunction } from 'aws-cdk-lib/aws-sam';
import type * as ses from 'aws-cdk-lib/aws-ses';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ConnectedConfigurationSet, type ConfigurationSetOptions, idOf } from './configuration-set';
import { type DomainAlarmOptions, DomainAlarms } from './domain-alarms';
import type { Installation } from './installation';
import { parameterNames, type SesWardenParameters } from './parameters';

/** The packaged template of a release. */
const TEMPLATE = 'ses-warden.template.yaml';

/** Logical ids of the functions, and their names in a release. */
const FUNCTIONS = {
  SuppressFunction: 'suppress',
  MetricsFunction: 'metrics',
  GuardFunction: 'guard',
};

/** Longest stack name: the rule `<stack>-guard-switches` may have 64 characters. */
const LONGEST_STACK_NAME = 49;

/** A set of this app, the name of an existing one, or either with options. */
export type ConfigurationSet = ses.IConfigurationSet | string | ConfigurationSetOptions;

type Architecture = NonNullable<SesWardenParameters['architecture']>;

/** Properties of `SesWarden`: the template's parameters, and what to connect. */
export interface SesWardenProps extends SesWardenParameters {
  /**
   * Folder of an unpacked release: `ses-warden.template.yaml` and the functions as
   * `suppress-arm64.zip` and so on. The construct uploads the functions as assets.
   */
  readonly release: string;
  /** Configuration sets to connect. */
  readonly configurationSets?: readonly ConfigurationSet[];
  /** Sender domains that get alarms, as in the From address. */
  readonly domains?: readonly string[];
  /** Which alarms the domains get. All eight by default. */
  readonly domainAlarms?: DomainAlarmOptions;
}

/**
 * ses-warden, from a release, in the stack of `scope`: one for each stack, and one stack for each
 * Region that sends mail.
 *
 * The names of its resources start with the stack's name.
 */
export class SesWarden extends Construct implements Installation {
  /** Topic that SES publishes to. */
  readonly feedbackTopic: sns.ITopic;
  /** Topic of the alarms that guard acts on. */
  readonly alarmTopic: sns.ITopic;
  /** Topic of the notices to operators. Subscribe a pager or a chat to it. */
  readonly operatorTopic: sns.ITopic;
  /** CloudWatch namespace of the function metrics. */
  readonly metricNamespace: string;
  /** The included template, for what the properties do not cover. */
  readonly template: CfnInclude;

  /** The condition of the feedback topic, which is true; undefined with an existing topic. */
  private readonly madeFeedbackTopic?: CfnCondition;

  constructor(scope: Construct, id: string, props: SesWardenProps) {
    super(scope, id);
    requireShortName(Stack.of(this).stackName);
    const architecture = props.architecture ?? 'arm64';
    const code = this.uploadFunctions(props.release, architecture);
    this.template = this.include(props, architecture, code);
    if (!props.existingFeedbackTopicArn) {
      this.madeFeedbackTopic = this.template.getCondition('MakeFeedbackTopic');
    }
    this.feedbackTopic = this.topic('FeedbackTopic', props.existingFeedbackTopicArn);
    this.alarmTopic = this.topic('AlarmTopic');
    this.operatorTopic = this.topic('OperatorTopic');
    this.metricNamespace =
      props.metricNamespace ?? this.template.getParameter('MetricNamespace').valueAsString;
    const output = this.template.getOutput('FeedbackTopicArn');
    output.value = this.feedbackTopic.topicArn;
    output.condition = this.madeFeedbackTopic;
    this.connect(props);
    this.acknowledgeFalseWarnings();
  }

  /** Stack name of the installation, as something in the stack of `scope` refers to it. */
  stackNameFor(scope: Construct): string {
    const own = Stack.of(this);
    return Stack.of(scope) === own ? Aws.STACK_NAME : own.stackName;
  }

  /** Prefix of the alarms that guard acts on, as `stackNameFor` has the stack's name. */
  alarmPrefixFor(scope: Construct): string {
    return `${this.stackNameFor(scope)}/`;
  }

  /**
   * Makes an event destination wait for the policy of the feedback topic: SES publishes to the
   * topic while it creates the destination.
   */
  publishingNeeds(destination: CfnResource) {
    if (this.madeFeedbackTopic && Stack.of(destination) === Stack.of(this)) {
      destination.addResourceDependency(this.template.getResource('FeedbackTopicPolicy'));
      destination.cfnOptions.condition = this.madeFeedbackTopic;
    }
  }

  private uploadFunctions(release: string, architecture: Architecture): Map<string, assets.Asset> {
    return new Map(
      Object.entries(FUNCTIONS).map(([logicalId, name]) => {
        const path = requireFile(release, `${name}-${architecture}.zip`);
        return [logicalId, new assets.Asset(this, `${name} code`, { path })];
      }),
    );
  }

  private include(
    props: SesWardenProps,
    architecture: Architecture,
    code: Map<string, assets.Asset>,
  ) {
    const templateFile = requireFile(props.release, TEMPLATE);
    const text = readFileSync(templateFile, 'utf8');
    const [anyFunction] = code.values();
    // The places of the functions are given below, one by one.
    const existingFeedbackTopicArn = props.existingFeedbackTopicArn ?? '';
    const unused = { CodeBucket: anyFunction?.s3BucketName, CodePrefix: '' };
    const template = new CfnInclude(this, 'Template', {
      templateFile,
      parameters: {
        ...Object.fromEntries(
          Object.entries(unused).filter(([name]) => new RegExp(`^ {2}${name}:`, 'm').test(text)),
        ),
        // These two decide what the app is made of, so that none is left to the deployment.
        ...templateParameters({ ...props, architecture, existingFeedbackTopicArn }),
      },
    });
    for (const [logicalId, asset] of code) {
      const lambda = template.getResource(logicalId) as CfnFunction;
      lambda.codeUri = { bucket: asset.s3BucketName, key: asset.s3ObjectKey };
    }
    return template;
  }

  private topic(logicalId: string, existing?: string): sns.ITopic {
    const arn = existing || this.template.getResource(logicalId).ref;
    return sns.Topic.fromTopicArn(this, logicalId, arn);
  }

  private connect({ configurationSets = [], domains = [], domainAlarms }: SesWardenProps) {
    for (const entry of configurationSets) {
      const options = isOptions(entry) ? entry : { set: entry };
      const id = `Set ${idOf(options.set)}`;
      new ConnectedConfigurationSet(this, id, { warden: this, ...options });
    }
    if (domains.length > 0) {
      new DomainAlarms(this, 'Domains', { warden: this, domains, ...domainAlarms });
    }
  }

  /** What CDK's checks do not know: SAM functions, and parameters that became constants. */
  private acknowledgeFalseWarnings() {
    const constant = 'A parameter of ses-warden that the app sets makes a condition constant.';
    const reasons = {
      W3694: 'The SAM transform makes a Lambda function of the endpoint.',
      W1028: constant,
      W2503: constant,
    };
    for (const [code, reason] of Object.entries(reasons)) {
      Validations.of(this).acknowledge({ id: `CloudFormation-Validate::${code}`, reason });
    }
    // Conditions belong to the stack, not to this construct.
    const id = 'CloudFormation-Validate::W8003';
    Validations.of(Stack.of(this)).acknowledge({ id, reason: constant });
  }
}

/** The parameters that `props` sets, by the template's names, as CloudFormation writes them. */
function templateParameters(props: SesWardenParameters): Record<string, string | number> {
  const set: Record<string, string | number> = {};
  for (const [property, name] of Object.entries(parameterNames)) {
    const value = props[property as keyof SesWardenParameters];
    if (Array.isArray(value)) {
      set[name] = value.join(',');
    } else if (typeof value === 'boolean') {
      set[name] = String(value);
    } else if (value !== undefined) {
      set[name] = value as string | number;
    }
  }
  return set;
}

function isOptions(entry: ConfigurationSet): entry is ConfigurationSetOptions {
  return typeof entry === 'object' && 'set' in entry;
}

function requireFile(release: string, name: string): string {
  const path = join(release, name);
  if (!existsSync(path)) {
    throw new Error(
      `there is no ${path}: release must be the folder of an unpacked ses-warden release`,
    );
  }
  return path;
}

function requireShortName(name: string) {
  if (!Token.isUnresolved(name) && name.length > LONGEST_STACK_NAME) {
    throw new Error(
      `stack name ${name} has ${name.length} characters; ses-warden makes names of it and takes ` +
        `${LONGEST_STACK_NAME} at most`,
    );
  }
}
