/** What must be in place before a case starts: one function for each kind of preparation. */
import { generateKeySync } from 'node:crypto';
import { pack } from '../../src/runtime/pack.ts';
import { type Runtime, type Settings, settingsFrom } from '../../src/runtime/runtime.ts';
import { fromPlain } from '../../src/expression/value.ts';
import { storeTemplate } from '../../src/runtime/templates.ts';
import type { Folder, Setup } from './cases.ts';
import { describeIssues } from './flow-sources.ts';

/** What the preparation makes of the engine's settings. */
interface Prepared {
  readonly secrets: Record<string, string>;
  readonly envs: Record<string, string>;
  globals: Readonly<Record<string, unknown>>;
  encryptionKey?: NonNullable<Settings['encryptionKey']>;
}

type Prepare = (setup: Setup, prepared: Prepared) => void;

/** Files need no preparation: the values that name them read or store them. */
const nothing: Prepare = () => undefined;

const kinds: Readonly<Record<string, Prepare>> = {
  file: nothing,
  'storage-file': nothing,
  // Every case has a store of its own, so nothing is in it.
  'storage-clean': nothing,
  // Stored once the engine is there.
  kv: nothing,
  template: nothing,
  env: ({ name, value }, { envs }) => {
    Object.assign(envs, settingsFrom({ [String(name)]: String(value) }).envs);
  },
  secret: ({ name, value }, { secrets }) => {
    secrets[String(name)] = String(value);
  },
};

const configs: Readonly<Record<string, Prepare>> = {
  // Cases ask for any key, or say that there is none.
  'kestra.encryption.secret-key': ({ value }, prepared) => {
    if (value !== null) prepared.encryptionKey = generateKeySync('aes', { length: 256 });
  },
  'kestra.variables.globals': ({ value }, prepared) => {
    prepared.globals = value as Readonly<Record<string, unknown>>;
  },
  // Templates need no switch here.
  'kestra.templates.enabled': nothing,
};

/** Why a preparation cannot be made, or undefined. */
export function missingSetup(setup: Setup): string | undefined {
  if (prepareOf(setup) !== undefined) return undefined;
  return setup.kind === 'config' ? `setting ${String(setup['name'])}` : `setup ${setup.kind}`;
}

export function prepare(setups: readonly Setup[]): Partial<Settings> {
  const prepared: Prepared = { secrets: {}, envs: {}, globals: {} };
  for (const setup of setups) prepareOf(setup)?.(setup, prepared);
  return prepared;
}

/** Key-value pairs, which are in the store before the case begins. */
export async function storePairs(
  setups: readonly Setup[],
  { keyValues, blobs }: Runtime,
): Promise<void> {
  for (const { kind, namespace, key, value } of setups) {
    if (kind !== 'kv') continue;
    const packed = await pack(fromPlain(value), blobs, `kv/${String(key)}`);
    const pair = { key: String(key), value: packed, type: 'JSON', writer: 'setup' };
    await keyValues.put(String(namespace), pair, Date.now());
  }
}

/** Templates, which flows that are stored later take their tasks from. */
export async function storeTemplates(
  setups: readonly Setup[],
  { blobs }: Runtime,
  folder: Folder,
): Promise<void> {
  for (const { kind, file } of setups) {
    if (kind !== 'template') continue;
    const { template, issues } = await storeTemplate(blobs, await folder.readText(String(file)));
    if (!template) throw new Error(describeIssues(issues, String(file)));
  }
}

function prepareOf(setup: Setup): Prepare | undefined {
  const table = setup.kind === 'config' ? configs : kinds;
  const name = setup.kind === 'config' ? String(setup['name']) : setup.kind;
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
