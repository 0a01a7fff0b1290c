import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder of the package, from build/test. */
export const PACKAGE = join(__dirname, '..', '..');

/** infra/template.yaml. */
export const TEMPLATE = readFileSync(join(PACKAGE, '..', 'template.yaml'), 'utf8');

const FUNCTIONS = ['suppress', 'metrics', 'guard'];
const made: string[] = [];

process.on('exit', () => {
  for (const folder of made) {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Makes a folder like an unpacked release, with functions that hold no more than their names. */
export function release(template = TEMPLATE): string {
  const folder = mkdtempSync(join(tmpdir(), 'ses-warden-release-'));
  made.push(folder);
  writeFileSync(join(folder, 'ses-warden.template.yaml'), template);
  for (const name of FUNCTIONS) {
    for (const architecture of ['arm64', 'x86_64']) {
      writeFileSync(join(folder, `${name}-${architecture}.zip`), `${name} ${architecture}`);
    }
  }
  return folder;
}

/** The template as a release packages it: functions from a bucket that parameters name. */
export function packaged(): string {
  return TEMPLATE.replace(
    /^Parameters:\n/m,
    'Parameters:\n  CodeBucket:\n    Type: String\n  CodePrefix:\n    Type: String\n    Default: ""\n',
  ).replace(
    /^( +)CodeUri: .*functions\/(\w+)$/gm,
    '$1CodeUri:\n$1  Bucket: !Ref CodeBucket\n$1  Key: !Sub ${CodePrefix}$2-${Architecture}.zip',
  );
}
