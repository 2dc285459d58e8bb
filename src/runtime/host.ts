/**
 * What expressions get from outside: the clock, chance, secrets, files of the internal store.
 * A function whose back end is not there says so, by name.
 */
import type { KeyObject } from 'node:crypto';
import type { Flow } from '../engine/flow.ts';
import { ExpressionError } from '../expression/error.ts';
import type { Host } from '../expression/host.ts';
import { Pending } from '../expression/pending.ts';
import type { Value, ValueMap } from '../expression/value.ts';
import { decrypt, encrypt, keyForm, keyOf } from './crypto.ts';
import { fileKey } from './files.ts';
import { jqOfHost } from './jq.ts';
import { kvFunction } from './kv-function.ts';
import type { Runtime } from './runtime.ts';
import { createSecrets, type Secrets } from './secrets.ts';

type Answer = (args: ValueMap) => Value;

export interface TaskHost extends Host {
  /** Those that were read through this host are masked. */
  readonly secrets: Secrets;
}

/** What a host needs of an engine; `baton eval` may have no more than this, and no pairs. */
type Surroundings = Pick<Runtime, 'settings' | 'blobs' | 'clock' | 'random'> &
  Partial<Pick<Runtime, 'keyValues'>>;

/** One host for one task run: what it loaded stays for the rounds of a render. */
export function hostOf(runtime: Surroundings, flow: Pick<Flow, 'namespace'>): TaskHost {
  const secrets = createSecrets(runtime.settings.encryptionKey);
  const files = new Map<string, Uint8Array>();
  const { keyValues } = runtime;
  const answers = new Map<string, Answer>([
    ['secret', (args) => secret(runtime, textOf(args, 'key'), secrets)],
    ['encrypt', (args) => encrypt(keyFrom(args), textOf(args, 'plaintext'))],
    ['decrypt', (args) => decrypted(args, secrets)],
    ['env', (args) => runtime.settings.envs[textOf(args, 'name').toLowerCase()] ?? null],
    ['read', (args) => new TextDecoder().decode(file(runtime, files, textOf(args, 'path')))],
    ['fileSize', (args) => BigInt(file(runtime, files, textOf(args, 'path')).length)],
    ['isFileEmpty', (args) => file(runtime, files, textOf(args, 'path')).length === 0],
    ['fileURI', (args) => namespaceFile(flow, textOf(args, 'path'))],
    ...(keyValues ? [['kv', kvFunction({ ...runtime, keyValues }, flow.namespace)] as const] : []),
  ]);
  return {
    now: () => runtime.clock.now(),
    random: () => runtime.random.next(),
    secrets,
    jq: jqOfHost(),
    call(name, args) {
      const answer = answers.get(name);
      if (!answer)
        throw new ExpressionError('host', `The function '${name}' is not available here`, {
          subject: name,
        });
      return answer(args);
    },
  };
}

function textOf(args: ValueMap, name: string): string {
  const value = args.get(name);
  if (typeof value !== 'string') throw new ExpressionError('argument', `'${name}' must be a text`);
  return value;
}

function keyFrom(args: ValueMap): KeyObject {
  const key = keyOf(textOf(args, 'key'));
  if (key) return key;
  throw new ExpressionError('argument', `'key' must be ${keyForm}`, { subject: 'key' });
}

function decrypted(args: ValueMap, secrets: Secrets): Value {
  const clear = decrypt(keyFrom(args), textOf(args, 'encrypted'));
  if (clear === undefined)
    throw new ExpressionError('host', 'The text cannot be decrypted with this key');
  // Whoever encrypted it did not mean it to be read by all.
  secrets.hide(clear);
  return clear;
}

function secret(runtime: Surroundings, key: string, secrets: Secrets): Value {
  const name = key.toUpperCase();
  const value = Object.hasOwn(runtime.settings.secrets, name)
    ? runtime.settings.secrets[name]
    : undefined;
  if (value === undefined)
    throw new ExpressionError('host', `Cannot find secret for key '${key}'.`, { subject: key });
  secrets.hide(value);
  return value;
}

function file(runtime: Surroundings, files: Map<string, Uint8Array>, address: string): Uint8Array {
  const known = files.get(address);
  if (known) return known;
  throw new Pending(`file:${address}`, async () => {
    const bytes = await runtime.blobs.get(fileKey(address));
    if (!bytes)
      throw new ExpressionError('host', `There is no file ${address}`, { subject: address });
    files.set(address, bytes);
  });
}

function namespaceFile(flow: Pick<Flow, 'namespace'>, path: string): string {
  if (path.includes('../'))
    throw new ExpressionError('argument', `'${path}' leads out of the namespace`);
  const folder = flow.namespace.replaceAll('.', '/');
  return `kestra:///${folder}/_files/${path.replace(/^\//, '')}`;
}
