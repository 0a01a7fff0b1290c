// Written by `npm run parameters` from infra/template.yaml.

/** Parameters of the template. What is left out keeps the template's default. */
export interface SesWardenParameters {
  /**
   * An existing standard topic of this account and Region that SES may publish to (its policy,
   * and its key's policy, must say so); empty creates one.
   *
   * Default: empty.
   */
  readonly existingFeedbackTopicArn?: string;

  /**
   * Notify operators when SES sends mail and hardly any of it comes back as an event, as before
   * ses-warden connect is run; false where feedback comes by identity notifications alone, which
   * do not report sends.
   *
   * Default: `true`.
   */
  readonly watchMissingEvents?: boolean;

  /**
   * Address subscribed to the operators' topic (AWS asks it to confirm); empty for none.
   *
   * Default: empty.
   */
  readonly operatorEmail?: string;

  /**
   * act pauses sending on a critical alarm; observe only notifies operators of what it would
   * pause.
   *
   * Default: `act`.
   */
  readonly guardMode?: 'act' | 'observe';

  /**
   * Sets that guard pauses only together with the account (password resets), comma separated.
   *
   * Default: empty.
   */
  readonly protectedConfigurationSets?: string | readonly string[];

  /**
   * Sets that carry a domain's mail, where the metrics do not show it, such as
   * example.com=news+offers,example.org=bulk.
   *
   * Default: empty.
   */
  readonly domainConfigurationSets?: string;

  /**
   * Minutes after which guard ends its own pause, if the alarm is OK and AWS reports no problem;
   * with 0 only a person ends it.
   *
   * Default: 0, from 0 to 525600.
   */
  readonly maxPauseMinutes?: number;

  /**
   * Notify operators when somebody switches sending on while an incident is open. Needs a
   * CloudTrail trail in this Region.
   *
   * Default: `false`.
   */
  readonly watchSendingSwitches?: boolean;

  /**
   * Addresses or @domains that are never suppressed, comma separated.
   *
   * Default: empty.
   */
  readonly protectedAddresses?: string | readonly string[];

  /**
   * What to do when a complaint names several recipients that might have sent it.
   *
   * Default: `suppress`.
   */
  readonly complaintSuspects?: 'suppress' | 'report';

  /**
   * What to do with a transient bounce whose text says that the address is dead.
   *
   * Default: `spare`.
   */
  readonly mislabelledTransient?: 'spare' | 'suppress';

  /**
   * ARN of a layer version with rules.toml, your own rules for bounce texts, which are tried
   * before the built-in ones.
   *
   * Default: empty.
   */
  readonly rulesLayerArn?: string;

  /**
   * Whether a model classifies bounce texts that no rule matches. Sure of the recipient,
   * suppress lists the address; sure of the opposite, it does not.
   *
   * Default: `on`.
   */
  readonly secondReader?: 'on' | 'off';

  /**
   * Policy overrides, such as mailbox_full=suppress,fraud=spare; empty for none.
   *
   * Default: empty.
   */
  readonly suppressionPolicy?: string;

  /**
   * SES calls a second of each environment of suppress; SES allows about one to the whole
   * account and Region, two environments read the queue, and guard needs the rest.
   *
   * Default: 0.3, from 0.1 to 1000.
   */
  readonly sesCallsPerSecond?: number;

  /**
   * Most addresses in five minutes that are put one by one; more wait in the bucket for an
   * import job.
   *
   * Default: 30, from 0 to 1000.
   */
  readonly importThreshold?: number;

  /**
   * How often suppress starts and checks import jobs for the addresses that wait in the bucket.
   *
   * Default: `5 minutes`.
   */
  readonly importSchedule?: '1 minute' | '2 minutes' | '5 minutes' | '15 minutes';

  /**
   * Addresses that SES listed for a bounce the sender caused are recorded for ses-warden rescue
   * (report), or removed from the suppression list, with proof (remove).
   *
   * Default: `report`.
   */
  readonly rescueMode?: 'report' | 'remove';

  /**
   * Most addresses that RescueMode=remove removes from the suppression list in a day (UTC).
   *
   * Default: 1000, from 0 to 1000000.
   */
  readonly rescueAtMost?: number;

  /**
   * Hours without a bounce of the same class for the same domain before RescueMode=remove
   * removes an address; 0 does not wait.
   *
   * Default: 24, from 0 to 168.
   */
  readonly rescueQuietHours?: number;

  /**
   * Whether an address is kept at its first permanent bounce of unknown text; off suppresses at
   * once.
   *
   * Default: `on`.
   */
  readonly secondStrike?: 'on' | 'off';

  /**
   * Hours after the first such bounce from which another one suppresses.
   *
   * Default: 24, from 1 to 720.
   */
  readonly secondStrikeHours?: number;

  /**
   * Days after which the first such bounce counts no more.
   *
   * Default: 90, from 1 to 365.
   */
  readonly secondStrikeDays?: number;

  /**
   * Soft bounces on so many different days suppress; 0 never does.
   *
   * Default: 5, from 0 to 100.
   */
  readonly softBounces?: number;

  /**
   * Days that such soft bounces must be spread over.
   *
   * Default: 7, from 1 to 365.
   */
  readonly softBouncesOverDays?: number;

  /**
   * Days after which a soft bounce counts no more.
   *
   * Default: 30, from 1 to 365.
   */
  readonly softBouncesWithinDays?: number;

  /**
   * Whether a delivery ends the count of an address's soft bounces. Makes a queue for
   * deliveries, which suppress reads; a journal lookup for each.
   *
   * Default: `off`.
   */
  readonly trackDeliveries?: 'on' | 'off';

  /**
   * Days that the journal keeps what was decided about an address.
   *
   * Default: 400, from 1 to 3650.
   */
  readonly journalDays?: number;

  /**
   * Regions that get a copy of each suppression, comma separated; empty for none.
   *
   * Default: empty.
   */
  readonly furtherRegions?: string | readonly string[];

  /**
   * CloudWatch namespace of our metrics; another one for a second stack in the same account and
   * Region.
   *
   * Default: `SesWarden`.
   */
  readonly metricNamespace?: string;

  /**
   * What is counted; full adds delivery times, mailbox providers, and opens and clicks where SES
   * reports them, each billed as a metric of its own.
   *
   * Default: `essential`.
   */
  readonly metricSet?: 'essential' | 'full';

  /**
   * Sender domains counted by name; the rest are counted as "other", which bounds the cost.
   *
   * Default: 100, from 1 to 10000.
   */
  readonly maxDomains?: number;

  /**
   * IAM users and roles that may send, comma separated, by bare name (app) or ARN; others are
   * counted as unexpected. Empty does not check.
   *
   * Default: empty.
   */
  readonly allowedCallerIdentities?: string | readonly string[];

  /**
   * Networks that mail may be submitted from, comma separated; others are counted as unexpected.
   * Empty does not check.
   *
   * Default: empty.
   */
  readonly allowedSourceCidrs?: string | readonly string[];

  /**
   * Account bounce rate (fraction) at which operators are notified.
   *
   * Default: 0.04, from 0 to 1.
   */
  readonly accountBounceWarn?: number;

  /**
   * Account bounce rate (fraction) at which guard pauses.
   *
   * Default: 0.08, from 0 to 1.
   */
  readonly accountBounceCritical?: number;

  /**
   * Account complaint rate (fraction) at which operators are notified.
   *
   * Default: 0.0008, from 0 to 1.
   */
  readonly accountComplaintWarn?: number;

  /**
   * Account complaint rate (fraction) at which guard pauses.
   *
   * Default: 0.004, from 0 to 1.
   */
  readonly accountComplaintCritical?: number;

  /**
   * What happens when mail comes from outside AllowedCallerIdentities or AllowedSourceCidrs;
   * warn notifies operators, critical pauses the account, off does nothing.
   *
   * Default: `warn`.
   */
  readonly unexpectedSenderAlarm?: 'off' | 'warn' | 'critical';

  /**
   * Queue puts SQS between SNS and the functions (batches, fewer calls); Direct invokes them per
   * event.
   *
   * Default: `Queue`.
   */
  readonly buffering?: 'Queue' | 'Direct';

  /**
   * How long a batch is collected before a function is called (Queue). What waits is not yet in
   * the windows of five minutes that alarms look at.
   *
   * Default: 60, from 1 to 120.
   */
  readonly batchingWindowSeconds?: number;

  /**
   * Processor of the functions.
   *
   * Default: `arm64`.
   */
  readonly architecture?: 'arm64' | 'x86_64';

  /**
   * With Direct, reserve Lambda concurrency, three for suppress and two for metrics. Lambda
   * refuses it where fewer than 100 would be left unreserved, as in new accounts; aws lambda
   * get-account-settings shows both.
   *
   * Default: `false`.
   */
  readonly reserveDirectConcurrency?: boolean;

  /**
   * Log level of the functions.
   *
   * Default: `info`.
   */
  readonly logLevel?: 'error' | 'warn' | 'info' | 'debug';

  /**
   * Days that logs are kept.
   *
   * Default: 30.
   */
  readonly logRetentionDays?: 
    | 1
    | 3
    | 5
    | 7
    | 14
    | 30
    | 60
    | 90
    | 120
    | 150
    | 180
    | 365
    | 400
    | 545
    | 731;

  /**
   * Customer-managed key for the topics and the journal; its policy must allow SES and
   * CloudWatch. Empty for none.
   *
   * Default: empty.
   */
  readonly kmsKeyArn?: string;
}

/** The template's name of each parameter. */
export const parameterNames: Readonly<Record<keyof SesWardenParameters, string>> = {
  existingFeedbackTopicArn: 'ExistingFeedbackTopicArn',
  watchMissingEvents: 'WatchMissingEvents',
  operatorEmail: 'OperatorEmail',
  guardMode: 'GuardMode',
  protectedConfigurationSets: 'ProtectedConfigurationSets',
  domainConfigurationSets: 'DomainConfigurationSets',
  maxPauseMinutes: 'MaxPauseMinutes',
  watchSendingSwitches: 'WatchSendingSwitches',
  protectedAddresses: 'ProtectedAddresses',
  complaintSuspects: 'ComplaintSuspects',
  mislabelledTransient: 'MislabelledTransient',
  rulesLayerArn: 'RulesLayerArn',
  secondReader: 'SecondReader',
  suppressionPolicy: 'SuppressionPolicy',
  sesCallsPerSecond: 'SesCallsPerSecond',
  importThreshold: 'ImportThreshold',
  importSchedule: 'ImportSchedule',
  rescueMode: 'RescueMode',
  rescueAtMost: 'RescueAtMost',
  rescueQuietHours: 'RescueQuietHours',
  secondStrike: 'SecondStrike',
  secondStrikeHours: 'SecondStrikeHours',
  secondStrikeDays: 'SecondStrikeDays',
  softBounces: 'SoftBounces',
  softBouncesOverDays: 'SoftBouncesOverDays',
  softBouncesWithinDays: 'SoftBouncesWithinDays',
  trackDeliveries: 'TrackDeliveries',
  journalDays: 'JournalDays',
  furtherRegions: 'FurtherRegions',
  metricNamespace: 'MetricNamespace',
  metricSet: 'MetricSet',
  maxDomains: 'MaxDomains',
  allowedCallerIdentities: 'AllowedCallerIdentities',
  allowedSourceCidrs: 'AllowedSourceCidrs',
  accountBounceWarn: 'AccountBounceWarn',
  accountBounceCritical: 'AccountBounceCritical',
  accountComplaintWarn: 'AccountComplaintWarn',
  accountComplaintCritical: 'AccountComplaintCritical',
  unexpectedSenderAlarm: 'UnexpectedSenderAlarm',
  buffering: 'Buffering',
  batchingWindowSeconds: 'BatchingWindowSeconds',
  architecture: 'Architecture',
  reserveDirectConcurrency: 'ReserveDirectConcurrency',
  logLevel: 'LogLevel',
  logRetentionDays: 'LogRetentionDays',
  kmsKeyArn: 'KmsKeyArn',
};
