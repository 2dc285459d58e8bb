/**
 * What expressions get from outside: the clock, chance, secrets, files of the internal store.
 * A function whose back end is not there says so, by name.
 */
import type { KeyObject } from 'node:crypto';
import type { BlobStore } from '../engine/ports.ts';
import { ExpressionError } from '../expression/error.ts';
import type { Host } from '../expression/host.ts';
import type { Value, ValueMap } from '../expression/value.ts';
import { decrypt, encrypt, keyForm, keyOf } from './crypto.ts';
import { type Answer, type Answers, type HostPlace, textOf } from './host-answer.ts';
import { jqOfHost } from './jq.ts';
import { lazyAnswer } from './lazy-answer.ts';
import type { Runtime } from './runtime.ts';
import { createSecrets, type Secrets } from './secrets.ts';

type KvFunction = typeof import('./kv-function.ts').kvFunction;

export interface TaskHost extends Host {
  /** Those that were read through this host are masked. */
  readonly secrets: Secrets;
}

/** What a host needs of an engine; `baton eval` may have neither pairs nor stored secrets. */
type Surroundings = Pick<Runtime, 'settings' | 'blobs' | 'clock' | 'random'> &
  Partial<Pick<Runtime, 'keyValues' | 'secretStore'>>;

/** One host for one task run: what it loaded stays for the rounds of a render. */
export function hostOf(runtime: Surroundings, place: HostPlace): TaskHost {
  const secrets = createSecrets(runtime.settings.encryptionKey);
  let answers: ReadonlyMap<string, Answer> | undefined;
  return {
    now: () => runtime.clock.now(),
    random: () => runtime.random.next(),
    secrets,
    jq: jqOfHost(),
    call(name, args) {
      // Few tasks call any.
      answers ??= answersOf(runtime, place, secrets);
      const answer = answers.get(name);
      if (!answer)
        throw new ExpressionError('host', `The function '${name}' is not available here`, {
          subject: name,
        });
      return answer(args);
    },
  };
}

function answersOf(
  runtime: Surroundings,
  place: HostPlace,
  secrets: Secrets,
): ReadonlyMap<string, Answer> {
  const { keyValues } = runtime;
  const { execution } = place;
  return new Map<string, Answer>([
    [
      'secret',
      lazyAnswer('secret', async () =>
        (await import('./secret-function.ts')).secretFunction(runtime, place.namespace, secrets),
      ),
    ],
    ['encrypt', (args) => encrypt(keyFrom(args), textOf(args, 'plaintext'))],
    ['decrypt', (args) => decrypted(args, secrets)],
    [
      'env',
      (args) =>
        runtime.settings.envs[textOf(args, 'name').toLowerCase()] ?? args.get('default') ?? null,
    ],
    [
      'http',
      lazyAnswer('http', async () =>
        (await import('./http-function.ts')).httpFunction(runtime, place),
      ),
    ],
    ...lazyFiles(runtime.blobs, place),
    ...(execution ? ([['errorLogs', lazyErrorLogs(execution)]] as const) : []),
    ...(keyValues
      ? [['kv', revealing(lazyKv({ ...runtime, keyValues }, place.namespace), secrets)] as const]
      : []),
  ]);
}

function lazyErrorLogs({ logs, id }: NonNullable<HostPlace['execution']>): Answer {
  return lazyAnswer('errorLogs', async () => (await import('./error-logs.ts')).errorLogs(logs, id));
}

const fileFunctionNames = ['read', 'fileSize', 'isFileEmpty', 'fileExists', 'fileURI'] as const;

/** They share what they have read. */
function lazyFiles(blobs: BlobStore, place: HostPlace): Answers {
  const load = async () => (await import('./file-functions.ts')).fileFunctions(blobs, place);
  let loaded: ReturnType<typeof load> | undefined;
  return fileFunctionNames.map((name) => [
    name,
    lazyAnswer(name, async () => (await (loaded ??= load()))[name]),
  ]);
}

function lazyKv(runtime: Parameters<KvFunction>[0], namespace: string): Answer {
  return lazyAnswer('kv', async () =>
    (await import('./kv-function.ts')).kvFunction(runtime, namespace),
  );
}

/** A pair may be made of a secret. */
function revealing(answer: Answer, { reveal }: Secrets): Answer {
  return (args) => reveal(answer(args));
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
