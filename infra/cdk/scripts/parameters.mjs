// Writes src/parameters.ts from the parameters of infra/template.yaml: `npm run parameters`.
// With --print it writes to standard output instead, for the test that compares both.

import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';

/** The construct fills these from the release. */
const OWN = new Set(['CodeBucket', 'CodePrefix']);

/** Returns the text of src/parameters.ts for a template. */
function render(template) {
  // CloudFormation's tags (!Ref) stand outside the parameters, so that none is resolved.
  const { Parameters: parameters } = parse(template, { logLevel: 'silent' });
  const named = Object.entries(parameters).filter(([name]) => !OWN.has(name));
  const members = named.map(([name, parameter]) => {
    const member = `  readonly ${propertyName(name)}?: ${typeOf(parameter)};`;
    return [...docComment(parameter), member].join('\n');
  });
  const names = named.map(([name]) => `  ${propertyName(name)}: '${name}',`);
  return `// Written by \`npm run parameters\` from infra/template.yaml.

/** Parameters of the template. What is left out keeps the template's default. */
export interface SesWardenParameters {
${members.join('\n\n')}
}

/** The template's name of each parameter. */
export const parameterNames: Readonly<Record<keyof SesWardenParameters, string>> = {
${names.join('\n')}
};
`;
}

/** SesCallsPerSecond becomes sesCallsPerSecond. */
function propertyName(name) {
  return name[0].toLowerCase() + name.slice(1);
}

function typeOf(parameter) {
  const allowed = parameter.AllowedValues;
  if (allowed === undefined) {
    if (parameter.Type === 'Number') {
      return 'number';
    }
    return /comma separated/i.test(parameter.Description) ? 'string | readonly string[]' : 'string';
  }
  if (String([...allowed].sort()) === 'false,true') {
    return 'boolean';
  }
  const words = allowed.map((value) => (parameter.Type === 'Number' ? value : `'${value}'`));
  const line = words.join(' | ');
  return line.length < 60 ? line : words.map((word) => `\n    | ${word}`).join('');
}

function docComment({ Description, Default, Type, MinValue, MaxValue }) {
  const from = MinValue === undefined ? '' : `, from ${MinValue}`;
  const range = MaxValue === undefined ? from : `${from} to ${MaxValue}`;
  const byDefault = Default === '' ? 'empty' : Type === 'Number' ? Default : `\`${Default}\``;
  const text = `${Description.trim().replace(/\.?$/, '.')}`;
  const lines = [text, ...(Default === undefined ? [] : ['', `Default: ${byDefault}${range}.`])];
  return ['  /**', ...lines.flatMap(wrapped).map((line) => `   * ${line}`.trimEnd()), '   */'];
}

/** Breaks a paragraph into lines of less than 100 columns in the file. */
function wrapped(paragraph) {
  const lines = [''];
  for (const word of paragraph.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length <= 92) {
      lines[lines.length - 1] = longer;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

const at = (path) => new URL(path, import.meta.url);
const text = render(readFileSync(at('../../template.yaml'), 'utf8'));
if (process.argv.includes('--print')) {
  process.stdout.write(text);
} else {
  writeFileSync(at('../src/parameters.ts'), text);
}
