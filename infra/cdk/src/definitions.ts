import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A rate that an alarm watches. */
export type Measure = 'bounce' | 'complaint';

/** What guard does about an alarm: `warn` notifies operators, `critical` may pause sending. */
export type Severity = 'warn' | 'critical';

/** How long an alarm looks back: `fast` minutes or hours, `slow` three days. */
export type Window = 'fast' | 'slow';

/** An alarm as CloudFormation properties, with `{placeholders}` for what differs. */
export interface AlarmDefinition {
  readonly measure: Measure;
  readonly severity: Severity;
  /** Only alarms of domains have windows. */
  readonly window?: Window;
  readonly properties: Readonly<Record<string, unknown>>;
}

/**
 * What `ses-warden connect` makes, in `definitions/connect.json`.
 *
 * The construct has no numbers or expressions of its own. Tests of the command compare the file
 * with what the command makes.
 */
export interface Definitions {
  readonly destination: string;
  readonly eventTypes: readonly string[];
  readonly engagementTypes: readonly string[];
  readonly configurationSetAlarms: readonly AlarmDefinition[];
  readonly domainAlarms: readonly AlarmDefinition[];
}

export const definitions = JSON.parse(
  readFileSync(join(__dirname, '..', 'definitions', 'connect.json'), 'utf8'),
) as Definitions;

/** Replaces each `{name}` in the texts of `value`. Values may be CDK tokens. */
export function fill(value: unknown, values: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    return Object.entries(values).reduce(
      // Not replaceAll, which gives the `$` of a token a meaning.
      (text, [name, replacement]) => text.split(`{${name}}`).join(replacement),
      value,
    );
  }
  if (Array.isArray(value)) {
    return value.map((item) => fill(item, values));
  }
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).map(([key, item]) => [key, fill(item, values)]);
    return Object.fromEntries(entries);
  }
  return value;
}
