/** The outside world a vector asks for: storage, key-value pairs, secrets, logs. */
import type { KeyObject } from 'node:crypto';
import { ExpressionError } from '../../src/expression/error.ts';
import { type Host, type HostFunctionName, noHost } from '../../src/expression/host.ts';
import { type Value, type ValueMap, isMap } from '../../src/expression/value.ts';
import { decrypt, encrypt, keyOf } from '../../src/runtime/crypto.ts';

export interface VectorState {
  readonly storage?: ValueMap;
  readonly kv?: ValueMap;
  readonly secrets?: ValueMap;
  readonly logs?: readonly Value[];
}

type Answer = (args: ValueMap) => Value;

export function vectorHost(
  state: VectorState,
  context: ValueMap,
  settings: { readonly timeZone: string; readonly locale: string },
): Host {
  const answers = new Map<HostFunctionName, Answer>([
    ['decrypt', decrypted],
    ['encrypt', (args) => encrypt(keyIn(args), at(args, 'plaintext'))],
    ['errorLogs', () => errorLogs(state)],
    ['fileSize', (args) => BigInt(Buffer.byteLength(read(args, state, context)))],
    ['fileURI', (args) => fileUri(args, context)],
    ['kv', (args) => keyValue(args, state, context)],
    ['read', (args) => read(args, state, context)],
    ['secret', (args) => secret(args, state)],
  ]);
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    ...settings,
    call: (name, args) => {
      const answer = answers.get(name) ?? (() => noHost.call(name, args));
      try {
        return answer(args);
      } catch (error) {
        throw error instanceof ExpressionError ? error : hostError(String(error));
      }
    },
  };
}

function hostError(message: string): never {
  throw new ExpressionError('host', message);
}

function at(value: Value | undefined, ...path: readonly string[]): string {
  let current: Value | undefined = value;
  for (const key of path) current = isMap(current) ? current.get(key) : undefined;
  return typeof current === 'string' ? current : '';
}

function errorLogs(state: VectorState): Value {
  return (state.logs ?? []).filter((log) => at(log, 'level') === 'ERROR');
}

function keyValue(args: ValueMap, state: VectorState, context: ValueMap): Value {
  const key = at(args, 'key');
  const namespace = at(args, 'namespace') || at(context, 'flow', 'namespace');
  // Stores may be written down by namespace.
  const store = state.kv?.get(namespace);
  const value = (isMap(store) ? store.get(key) : undefined) ?? state.kv?.get(key);
  if (value !== undefined) return value;
  if (args.get('errorOnMissing') !== true) return null;
  return hostError(`The key '${key}' does not exist in the namespace '${namespace}'.`);
}

function secret(args: ValueMap, state: VectorState): Value {
  const key = at(args, 'key');
  return state.secrets?.get(key) ?? hostError(`Cannot find secret for key '${key}'.`);
}

function namespacePath(context: ValueMap): string {
  return at(context, 'flow', 'namespace').replaceAll('.', '/');
}

function fileUri(args: ValueMap, context: ValueMap): Value {
  const path = at(args, 'path').replace(/^\//, '');
  if (path.includes('../')) hostError('Path must not contain ../');
  return `kestra:///${namespacePath(context)}/_files/${path}`;
}

/** A file of the namespace, or one that belongs to this execution or to the one that started it. */
function read(args: ValueMap, state: VectorState, context: ValueMap): string {
  const path = at(args, 'path');
  if (path.startsWith('kestra://')) {
    const own = ['flow', 'execution'] as const;
    const owners = [
      [namespacePath(context), at(context, 'flow', 'id'), at(context, own[1], 'id')],
      [
        at(context, 'trigger', 'namespace').replaceAll('.', '/'),
        at(context, 'trigger', 'flowId'),
        at(context, 'trigger', 'executionId'),
      ],
    ];
    const belongs = owners.some(([namespace, flow, execution]) =>
      path.startsWith(`kestra:///${namespace}/${flow}/executions/${execution}/`),
    );
    if (!belongs) {
      hostError(`Unable to read the file '${path}' as it didn't belong to the current execution`);
    }
    return content(path, state);
  }
  return content(`/${namespacePath(context)}/_files/${path.replace(/^\//, '')}`, state);
}

function content(path: string, state: VectorState): string {
  const text = state.storage?.get(path);
  return typeof text === 'string' ? text : hostError(`FileNotFoundException: ${path}`);
}

function keyIn(args: ValueMap): KeyObject {
  return keyOf(at(args, 'key')) ?? hostError('the key is no base64 of 16, 24 or 32 bytes');
}

function decrypted(args: ValueMap): Value {
  return decrypt(keyIn(args), at(args, 'encrypted')) ?? hostError('it cannot be decrypted');
}
