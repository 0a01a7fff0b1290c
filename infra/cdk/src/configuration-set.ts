import { Annotations, Names, Token } from 'aws-cdk-lib';
import * as ses from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';
import { createAlarm } from './alarm';
import { definitions, fill, type Measure, type Severity } from './definitions';
import type { Installation } from './installation';

/** Rates of a configuration set, as fractions, from which its alarms go into ALARM. */
export interface ConfigurationSetThresholds {
  /** Bounce rate at which operators are notified. 0.02 by default. */
  readonly bounceWarn?: number;
  /** Bounce rate at which guard pauses the set. 0.04 by default. */
  readonly bounceCritical?: number;
  /** Complaint rate at which operators are notified. 0.0004 by default. */
  readonly complaintWarn?: number;
  /** Complaint rate at which guard pauses the set. 0.0008 by default. */
  readonly complaintCritical?: number;
}

/** How a configuration set is connected. */
export interface ConfigurationSetOptions {
  /** A configuration set of this app, or the name of one that exists. */
  readonly set: ses.IConfigurationSet | string;
  /**
   * Also asks for opens and clicks. False by default.
   *
   * Warning: this changes your mail. SES then adds a tracking pixel to every HTML mail of the set
   * and rewrites every link in it. Only `metricSet: 'full'` counts the events.
   */
  readonly engagement?: boolean;
  /** Adds the SNS event destination; false where the set already publishes to the topic. */
  readonly eventDestination?: boolean;
  /** Adds the four reputation alarms. True by default. */
  readonly alarms?: boolean;
  /** Rates at which the alarms go into ALARM. */
  readonly thresholds?: ConfigurationSetThresholds;
  /** Period of the alarms in seconds. 900 by default: SES publishes the rates that often. */
  readonly reputationPeriodSeconds?: number;
}

/** Properties of `ConnectedConfigurationSet`. */
export interface ConnectedConfigurationSetProps extends ConfigurationSetOptions {
  /** The installation that is to receive the events. */
  readonly warden: Installation;
}

/**
 * A configuration set that publishes its events to ses-warden, and its four reputation alarms, as
 * `ses-warden connect` makes them.
 *
 * The alarms need the reputation metrics of the set. The construct switches them on for a set of
 * this app. For an existing set it warns, because CloudFormation cannot change what it did not
 * create.
 */
export class ConnectedConfigurationSet extends Construct {
  constructor(scope: Construct, id: string, props: ConnectedConfigurationSetProps) {
    super(scope, id);
    const { warden, set } = props;
    const name = typeof set === 'string' ? setName(set) : set.configurationSetName;
    if (props.eventDestination ?? true) {
      this.publish(warden, name, props.engagement ?? false);
    }
    if (props.alarms ?? true) {
      this.watch(warden, name, props);
      this.requireReputationMetrics(set);
    }
  }

  private publish(warden: Installation, name: string, engagement: boolean) {
    const types = [...definitions.eventTypes, ...(engagement ? definitions.engagementTypes : [])];
    const destination = new ses.CfnConfigurationSetEventDestination(this, 'EventDestination', {
      configurationSetName: name,
      eventDestination: {
        name: fill(definitions.destination, { stack: warden.stackNameFor(this) }) as string,
        enabled: true,
        matchingEventTypes: types.map(cloudFormationEventType),
        snsDestination: { topicArn: warden.feedbackTopic.topicArn },
      },
    });
    warden.publishingNeeds(destination);
  }

  private watch(warden: Installation, name: string, props: ConfigurationSetOptions) {
    for (const definition of definitions.configurationSetAlarms) {
      const { measure, severity } = definition;
      const threshold = props.thresholds?.[thresholdName(measure, severity)];
      const period = props.reputationPeriodSeconds;
      createAlarm(
        this,
        `${measure} ${severity}`,
        definition,
        {
          prefix: warden.alarmPrefixFor(this),
          set: name,
          alarmTopic: warden.alarmTopic.topicArn,
        },
        {
          ...(threshold === undefined ? {} : { Threshold: threshold }),
          ...(period === undefined ? {} : { Period: period }),
        },
      );
    }
  }

  private requireReputationMetrics(set: ses.IConfigurationSet | string) {
    const resource = typeof set === 'string' ? undefined : set.node.defaultChild;
    if (resource instanceof ses.CfnConfigurationSet) {
      resource.addPropertyOverride('ReputationOptions.ReputationMetricsEnabled', true);
      return;
    }
    const name = typeof set === 'string' ? set : set.node.path;
    Annotations.of(this).addWarningV2(
      'ses-warden:reputation-metrics',
      `The alarms of configuration set ${name} have no data until its reputation metrics are on: ` +
        'aws sesv2 put-configuration-set-reputation-options --reputation-metrics-enabled ' +
        `--configuration-set-name ${typeof set === 'string' ? set : 'NAME'}. ` +
        'CloudFormation cannot switch them on for a set that it did not create.',
    );
  }
}

/** Returns a construct id that stays the same when sets are added or removed. */
export function idOf(set: ses.IConfigurationSet | string): string {
  return typeof set === 'string' ? set : Names.nodeUniqueId(set.node);
}

function setName(text: string): string {
  if (!Token.isUnresolved(text) && !/^[A-Za-z0-9_-]{1,64}$/.test(text)) {
    throw new Error(`${JSON.stringify(text)} is not the name of a configuration set`);
  }
  return text;
}

function thresholdName(measure: Measure, severity: Severity): keyof ConfigurationSetThresholds {
  const names = {
    bounce: { warn: 'bounceWarn', critical: 'bounceCritical' },
    complaint: { warn: 'complaintWarn', critical: 'complaintCritical' },
  } as const;
  return names[measure][severity];
}

/** RENDERING_FAILURE as CloudFormation spells it: renderingFailure. */
function cloudFormationEventType(type: string): string {
  return type.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
