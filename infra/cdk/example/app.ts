// A whole app. RELEASE names the folder of an unpacked release.

import { Annotations, App, Stack } from 'aws-cdk-lib';
import * as ses from 'aws-cdk-lib/aws-ses';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { SesWarden } from 'ses-warden-cdk';

const app = new App();
const stack = new Stack(app, 'ses-warden');

const receipts = new ses.ConfigurationSet(stack, 'Receipts', { configurationSetName: 'receipts' });

const warden = new SesWarden(stack, 'SesWarden', {
  release: process.env.RELEASE ?? 'ses-warden',
  operatorEmail: 'operators@example.com',
  guardMode: 'observe',
  protectedConfigurationSets: ['receipts'],
  configurationSets: [receipts, { set: 'marketing', thresholds: { bounceWarn: 0.03 } }],
  domains: ['example.com', 'news.example.com'],
});
warden.operatorTopic.addSubscription(
  new subscriptions.UrlSubscription('https://pager.example.com/sns'),
);
Annotations.of(warden).acknowledgeWarning(
  'ses-warden:reputation-metrics',
  'marketing publishes its reputation metrics already.',
);
