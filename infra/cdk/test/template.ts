import { App, Stack } from 'aws-cdk-lib';
import { type CloudAssembly, SynthesisMessageLevel } from 'aws-cdk-lib/cx-api';
import { SesWarden, type SesWardenProps } from 'ses-warden-cdk';
import { release } from './release';

/** Part of a synthesized template. */
export type Json = any;

/** Synthesizes a stack named ses-warden; what CDK's own checks find is an error. */
export function synthesize(
  props: Partial<SesWardenProps> = {},
  build: (stack: Stack, warden: SesWarden) => void = () => {},
) {
  const app = newApp();
  const stack = new Stack(app, 'ses-warden');
  const warden = new SesWarden(stack, 'SesWarden', { release: release(), ...props });
  build(stack, warden);
  const assembly = app.synth();
  return stackOf(assembly, 'ses-warden');
}

/** A stack's template, and the warnings of its constructs. */
export function stackOf(assembly: CloudAssembly, name: string) {
  const { template, messages } = assembly.getStackByName(name);
  const warnings = messages.filter(({ level }) => level === SynthesisMessageLevel.WARNING);
  return { template: template as Json, warnings: warnings.map(({ entry }) => String(entry.data)) };
}

/** An app whose synthesis fails where CDK's checks of the templates find something. */
export function newApp() {
  return new App({ context: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
}

/** The resources of one type. */
export function ofType(template: Json, type: string): Json[] {
  return Object.values<Json>(template.Resources).filter((resource) => resource.Type === type);
}

/** The alarms of `stack` whose names begin with `prefix`, by name. */
export function alarms(template: Json, prefix: string, stack = 'ses-warden'): Map<string, Json> {
  const all = ofType(template, 'AWS::CloudWatch::Alarm').map(({ Properties }) =>
    resolve(Properties, { 'AWS::StackName': stack }),
  );
  return new Map(
    all
      .filter(({ AlarmName }) => String(AlarmName).startsWith(prefix))
      .map((properties) => [properties.AlarmName, properties]),
  );
}

/** Resolves references to `values`, and the texts that are joined of them. */
export function resolve(value: Json, values: Readonly<Record<string, string>>): Json {
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, values));
  }
  if (value === null || typeof value !== 'object') {
    return value;
  }
  const inner = Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolve(item, values)]),
  );
  if (typeof inner.Ref === 'string' && inner.Ref in values) {
    return values[inner.Ref];
  }
  const [separator, parts] = (inner['Fn::Join'] as [string, Json[]] | undefined) ?? [];
  return parts?.every((part) => typeof part === 'string') ? parts.join(separator) : inner;
}

/** References to what the template does not have: parameters, resources and conditions. */
export function danglingReferences(template: Json): string[] {
  const there = new Set(
    ['Parameters', 'Resources'].flatMap((section) => Object.keys(template[section] ?? {})),
  );
  const conditions = new Set(Object.keys(template.Conditions ?? {}));
  const dangling: string[] = [];
  const require = (name: string) => {
    if (!name.startsWith('AWS::') && !there.has(name)) {
      dangling.push(name);
    }
  };
  const walk = (value: Json, key = '') => {
    if (key === 'Ref') {
      require(value);
    } else if (key === 'Fn::GetAtt') {
      require(Array.isArray(value) ? value[0] : value.split('.')[0]);
    } else if (key === 'Fn::Sub') {
      const [text, own] = Array.isArray(value) ? value : [value, {}];
      for (const [, name] of text.matchAll(/\$\{([^!][^}]*)\}/g)) {
        if (!(name in own)) {
          require(name.split('.')[0]);
        }
      }
    } else if (key === 'Fn::If' && !conditions.has(value[0])) {
      dangling.push(value[0]);
    } else if (key === 'Condition' && typeof value === 'string' && !conditions.has(value)) {
      dangling.push(value);
    } else if (key === 'DependsOn') {
      [value].flat().forEach(require);
    }
    if (value !== null && typeof value === 'object') {
      for (const [name, item] of Object.entries(value)) {
        walk(item, name);
      }
    }
  };
  const { Metadata: _, ...rest } = template;
  walk(rest);
  return dangling;
}
