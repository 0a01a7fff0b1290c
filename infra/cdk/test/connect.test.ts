import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Stack } from 'aws-cdk-lib';
import * as ses from 'aws-cdk-lib/aws-ses';
import { DomainAlarms, SesWarden } from 'ses-warden-cdk';
import { PACKAGE, release } from './release';
import { type Json, alarms, newApp, ofType, resolve, stackOf, synthesize } from './template';

const DEFINITIONS = JSON.parse(
  readFileSync(join(PACKAGE, 'definitions', 'connect.json'), 'utf8'),
) as Json;

const destinations = (template: Json) =>
  ofType(template, 'AWS::SES::ConfigurationSetEventDestination');

/** The properties of each definition for one set or domain, by the alarm's name. */
function expected(definitions: Json[], values: Record<string, Json>): Map<string, Json> {
  const fill = (value: Json): Json =>
    JSON.parse(JSON.stringify(value), (_, item) => {
      const whole = typeof item === 'string' ? /^\{(\w+)\}$/.exec(item) : null;
      if (whole) {
        return values[whole[1] ?? ''];
      }
      return typeof item === 'string'
        ? item.replace(/\{(\w+)\}/g, (_text, name) => values[name])
        : item;
    });
  const filled = definitions.map(({ properties }) => fill(properties));
  return new Map(filled.map((properties) => [properties.AlarmName, properties]));
}

const COMMON = { prefix: 'ses-warden/', alarmTopic: { Ref: 'AlarmTopic' } };

test('a configuration set gets the alarms of the command', () => {
  const { template } = synthesize({ configurationSets: ['marketing'] });
  assert.deepEqual(
    alarms(template, 'ses-warden/configuration-set/'),
    expected(DEFINITIONS.configurationSetAlarms, { ...COMMON, set: 'marketing' }),
  );
});

test('a domain gets the alarms of the command', () => {
  const { template } = synthesize({ domains: ['example.com'] });
  assert.deepEqual(
    alarms(template, 'ses-warden/domain/'),
    expected(DEFINITIONS.domainAlarms, {
      ...COMMON,
      domain: 'example.com',
      namespace: { Ref: 'MetricNamespace' },
    }),
  );
});

test('an event destination asks neither for opens nor for clicks', () => {
  const { template } = synthesize({ configurationSets: ['marketing'] });
  const [destination] = destinations(template);
  assert.deepEqual(resolve(destination.Properties, { 'AWS::StackName': 'ses-warden' }), {
    ConfigurationSetName: 'marketing',
    EventDestination: {
      Enabled: true,
      Name: 'ses-warden-feedback',
      MatchingEventTypes: [
        'send',
        'reject',
        'bounce',
        'complaint',
        'delivery',
        'renderingFailure',
        'deliveryDelay',
        'subscription',
      ],
      SnsDestination: { TopicARN: { Ref: 'FeedbackTopic' } },
    },
  });
  assert.deepEqual(destination.DependsOn, ['FeedbackTopicPolicy']);
});

test('engagement asks for opens and clicks too', () => {
  const { template } = synthesize({ configurationSets: [{ set: 'marketing', engagement: true }] });
  const [{ Properties }] = destinations(template);
  assert.deepEqual(Properties.EventDestination.MatchingEventTypes.slice(-2), ['open', 'click']);
});

test('with an existing topic sets publish there', () => {
  const existingFeedbackTopicArn = 'arn:aws:sns:eu-central-1:111122223333:mail';
  const { template } = synthesize({ existingFeedbackTopicArn, configurationSets: ['marketing'] });
  const [{ Properties, DependsOn }] = destinations(template);
  assert.equal(Properties.EventDestination.SnsDestination.TopicARN, existingFeedbackTopicArn);
  assert.equal(DependsOn, undefined);
  assert.equal(template.Outputs.FeedbackTopicArn.Value, existingFeedbackTopicArn);
});

test('a set of the app gets its reputation metrics switched on', () => {
  const app = newApp();
  const stack = new Stack(app, 'ses-warden');
  const set = new ses.ConfigurationSet(stack, 'Receipts');
  new SesWarden(stack, 'SesWarden', { release: release(), configurationSets: [set] });
  const { template, warnings } = stackOf(app.synth(), 'ses-warden');
  const [{ Properties }] = ofType(template, 'AWS::SES::ConfigurationSet');
  assert.deepEqual(Properties.ReputationOptions, { ReputationMetricsEnabled: true });
  const [{ Properties: destination }] = destinations(template);
  assert.match(destination.ConfigurationSetName.Ref, /^Receipts/);
  assert.deepEqual(warnings, []);
});

test('a named set comes with a warning about its reputation metrics', () => {
  const { warnings } = synthesize({ configurationSets: ['marketing'] });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /--configuration-set-name marketing/);
  const without = synthesize({ configurationSets: [{ set: 'marketing', alarms: false }] });
  assert.deepEqual(without.warnings, []);
  assert.equal(alarms(without.template, 'ses-warden/configuration-set/').size, 0);
});

test('thresholds and period of a set replace the defaults', () => {
  const { template } = synthesize({
    configurationSets: [
      { set: 'marketing', thresholds: { bounceWarn: 0.03 }, reputationPeriodSeconds: 1800 },
    ],
  });
  const of = (name: string) => alarms(template, `ses-warden/configuration-set/marketing/${name}`);
  assert.deepEqual(
    [...of('bounce/').values()].map(({ Threshold, Period }) => [Threshold, Period]),
    [
      [0.03, 1800],
      [0.04, 1800],
    ],
  );
});

test('severities and windows choose among the alarms of domains', () => {
  const { template } = synthesize({
    domains: ['example.com'],
    domainAlarms: { severities: ['critical'], windows: ['fast'] },
  });
  assert.deepEqual([...alarms(template, 'ses-warden/domain/').keys()].sort(), [
    'ses-warden/domain/example.com/bounce/critical',
    'ses-warden/domain/example.com/complaint/critical',
  ]);
});

test('domains are written as metrics counts them', () => {
  const { template } = synthesize({
    domains: ['News.Example.com.', 'bücher.example', 'news.example.com'],
  });
  const domains = new Set(
    [...alarms(template, 'ses-warden/domain/').keys()].map((name) => name.split('/')[2]),
  );
  assert.deepEqual(domains, new Set(['news.example.com', 'xn--bcher-kva.example']));
});

test('what is neither a domain nor a set is refused', () => {
  for (const domain of ['', 'other', 'a b.example', 'a/b.example', '..']) {
    assert.throws(() => synthesize({ domains: [domain] }), { message: /is not a sender domain/ });
  }
  for (const set of ['', 'a/b', 'ä', 'a'.repeat(65)]) {
    const refused = { message: /is not the name of a configuration set/ };
    assert.throws(() => synthesize({ configurationSets: [set] }), refused);
  }
});

test('alarms in a further stack bear the names that guard looks for', () => {
  const app = newApp();
  const warden = new SesWarden(new Stack(app, 'ses-warden'), 'SesWarden', { release: release() });
  const further = new Stack(app, 'more-domains');
  new DomainAlarms(further, 'Alarms', { warden, domains: ['example.com'], windows: ['fast'] });
  const { template } = stackOf(app.synth(), 'more-domains');
  assert.deepEqual([...alarms(template, '', 'more-domains').keys()].sort(), [
    'ses-warden/domain/example.com/bounce/critical',
    'ses-warden/domain/example.com/bounce/warn',
    'ses-warden/domain/example.com/complaint/critical',
    'ses-warden/domain/example.com/complaint/warn',
  ]);
  const [{ Properties }] = ofType(template, 'AWS::CloudWatch::Alarm');
  assert.match(JSON.stringify(Properties.AlarmActions), /Fn::ImportValue.*AlarmTopic/);
  // Without a namespace of its own the warden's parameter is exported, too.
  assert.match(JSON.stringify(Properties.Metrics[0]), /Fn::ImportValue.*MetricNamespace/);
});
