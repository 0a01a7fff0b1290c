import { domainToASCII } from 'node:url';
import { Construct } from 'constructs';
import { createAlarm } from './alarm';
import { definitions, type Measure, type Severity, type Window } from './definitions';
import type { Installation } from './installation';

/** Which alarms each domain gets. */
export interface DomainAlarmOptions {
  /** Rates to watch. Both by default. */
  readonly measures?: readonly Measure[];
  /** Severities to make alarms for. Both by default. */
  readonly severities?: readonly Severity[];
  /** Windows to make alarms for. Both by default. */
  readonly windows?: readonly Window[];
}

/** Properties of `DomainAlarms`. */
export interface DomainAlarmsProps extends DomainAlarmOptions {
  /** The installation whose guard acts on the alarms. */
  readonly warden: Installation;
  /** Sender domains, as in the From address: `news.example.com`. */
  readonly domains: readonly string[];
}

/**
 * Bounce and complaint alarms for sender domains, with the names and expressions of
 * `ses-warden connect`: eight for each domain.
 *
 * A CloudFormation stack holds 500 resources. Put the alarms of more than about fifty domains into
 * further stacks.
 */
export class DomainAlarms extends Construct {
  constructor(scope: Construct, id: string, props: DomainAlarmsProps) {
    super(scope, id);
    const { warden } = props;
    const chosen = definitions.domainAlarms.filter(
      ({ measure, severity, window }) =>
        includes(props.measures, measure) &&
        includes(props.severities, severity) &&
        includes(props.windows, window),
    );
    for (const domain of new Set(props.domains.map(senderDomain))) {
      for (const definition of chosen) {
        const { measure, severity, window } = definition;
        createAlarm(this, `${domain} ${measure} ${window} ${severity}`, definition, {
          prefix: warden.alarmPrefixFor(this),
          namespace: warden.metricNamespace,
          alarmTopic: warden.alarmTopic.topicArn,
          domain,
        });
      }
    }
  }
}

/** Whether `all` names `one`; everything is chosen where nothing is named. */
function includes<T>(all: readonly T[] | undefined, one: T | undefined): boolean {
  return all === undefined || all.length === 0 || (one !== undefined && all.includes(one));
}

/** Returns the domain as the function metrics counts it: lower case, A-labels. */
export function senderDomain(text: string): string {
  const domain = domainToASCII(text.trim().replace(/\.$/, ''));
  if (domain === '' || !/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(domain)) {
    throw new Error(`${JSON.stringify(text)} is not a sender domain, such as news.example.com`);
  }
  return domain;
}
