import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Stack } from 'aws-cdk-lib';
import { SesWarden } from 'ses-warden-cdk';
import { PACKAGE, TEMPLATE, packaged, release } from './release';
import { danglingReferences, newApp, ofType, synthesize } from './template';

const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:mail';

test('the CLI synthesizes the example without a warning', () => {
  const output = mkdtempSync(join(tmpdir(), 'ses-warden-synth-'));
  try {
    execFileSync(
      process.execPath,
      [
        join(PACKAGE, 'node_modules', 'aws-cdk', 'bin', 'cdk'),
        'synth',
        '--strict',
        '--quiet',
        '--no-notices',
        '--no-version-reporting',
        ...['--app', `${process.execPath} ${join(PACKAGE, 'build', 'example', 'app.js')}`],
        ...['--output', output],
      ],
      {
        env: {
          PATH: process.env.PATH,
          HOME: output,
          CI: 'true',
          CDK_DISABLE_CLI_TELEMETRY: 'true',
          AWS_EC2_METADATA_DISABLED: 'true',
          RELEASE: release(),
        },
        stdio: 'pipe',
      },
    );
    const template = JSON.parse(readFileSync(join(output, 'ses-warden.template.json'), 'utf8'));
    assert.equal(ofType(template, 'AWS::SES::ConfigurationSetEventDestination').length, 2);
    assert.deepEqual(danglingReferences(template), []);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
});

test('the stack keeps the SAM transform and every resource of the template', () => {
  const { template } = synthesize();
  assert.equal(template.Transform, 'AWS::Serverless-2016-10-31');
  const inTemplate = TEMPLATE.slice(TEMPLATE.search(/^Resources:/m), TEMPLATE.search(/^Outputs:/m));
  const ids = [...inTemplate.matchAll(/^ {2}(\w+):$/gm)].map(([, id]) => id);
  assert.ok(ids.length > 40, String(ids.length));
  assert.deepEqual(Object.keys(template.Resources).sort(), [...ids].sort());
});

test('functions come from the release, for the chosen processor', () => {
  const keys = (['arm64', 'x86_64'] as const).map((architecture) => {
    const { template } = synthesize({ architecture });
    assert.deepEqual(template.Globals.Function.Architectures, [architecture]);
    return ofType(template, 'AWS::Serverless::Function').map(({ Properties }) => {
      assert.match(JSON.stringify(Properties.CodeUri.Bucket), /cdk-\w+-assets-/);
      assert.match(Properties.CodeUri.Key, /^[0-9a-f]{64}\.zip$/);
      return Properties.CodeUri.Key;
    });
  });
  assert.equal(new Set(keys.flat()).size, 6);
});

test('a packaged template needs no bucket parameters', () => {
  const { template } = synthesize({ release: release(packaged()) });
  const { template: plain } = synthesize();
  assert.deepEqual(template, plain);
});

test('properties become constants, other parameters keep the default', () => {
  const { template } = synthesize({
    guardMode: 'observe',
    operatorEmail: 'operators@example.com',
    maxDomains: 20,
    watchSendingSwitches: true,
    protectedConfigurationSets: ['receipts', 'passwords'],
  });
  for (const name of ['GuardMode', 'OperatorEmail', 'MaxDomains', 'WatchSendingSwitches']) {
    assert.ok(!(name in template.Parameters), name);
  }
  const settings = (id: string) => template.Resources[id].Properties.Environment.Variables;
  assert.equal(settings('GuardFunction').WARDEN_MODE, 'observe');
  assert.equal(settings('GuardFunction').WARDEN_PROTECTED_CONFIGURATION_SETS, 'receipts,passwords');
  assert.equal(settings('MetricsFunction').WARDEN_MAX_DOMAINS, '20');
  assert.deepEqual(template.Conditions.WatchesSwitches, { 'Fn::Equals': ['true', 'true'] });
  assert.equal(template.Parameters.MetricNamespace.Default, 'SesWarden');
});

test('no reference is left without its target', () => {
  for (const props of [
    {},
    { metricNamespace: 'Mail', logLevel: 'debug', buffering: 'Direct' },
    { existingFeedbackTopicArn: TOPIC, configurationSets: ['marketing'], domains: ['example.com'] },
  ] as const) {
    assert.deepEqual(danglingReferences(synthesize(props).template), []);
  }
});

test('a folder that is no release is refused', () => {
  const refused = { message: /there is no .*must be the folder of an unpacked ses-warden release/ };
  assert.throws(() => synthesize({ release: tmpdir() }), refused);
});

test('a stack name that leaves no room for names is refused', () => {
  const stack = new Stack(newApp(), 'a'.repeat(50));
  const create = () => new SesWarden(stack, 'SesWarden', { release: release() });
  assert.throws(create, { message: /has 50 characters; .* takes 49 at most/ });
});

test('src/parameters.ts is as infra/template.yaml has it', () => {
  const script = join(PACKAGE, 'scripts', 'parameters.mjs');
  const rendered = execFileSync(process.execPath, [script, '--print'], { encoding: 'utf8' });
  const written = readFileSync(join(PACKAGE, 'src', 'parameters.ts'), 'utf8');
  assert.equal(written, rendered, 'run `npm run parameters`');
});
