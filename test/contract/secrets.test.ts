/** Where secrets are kept: every back end finds them in the same order, and shows none of the rest. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openAws } from '../../src/adapters/aws/open.ts';
import { secretsIn } from '../../src/adapters/embedded/secrets.ts';
import type { SecretStore } from '../../src/engine/ports.ts';
import { ExpressionError } from '../../src/expression/error.ts';
import { settle } from '../../src/expression/pending.ts';
import { secretFunction } from '../../src/runtime/secret-function.ts';
import { createSecrets } from '../../src/runtime/secrets.ts';
import { noSettings } from '../../src/runtime/runtime.ts';
import { credentials, region, startStub } from '../helpers/emulators.ts';

type Kept = Readonly<Record<string, Readonly<Record<string, string>>>>;

const kept: Kept = {
  company: { TOKEN: 'of the company', TOP: 'top', __PROTO__: 'odd' },
  'company.team': { TOKEN: 'of the team', DB: '{"user": "anna", "port": 5432}' },
  other: { ALONE: 'of the neighbour' },
};

const directory = mkdtempSync(join(tmpdir(), 'baton-secret-store-'));
const file = join(directory, 'secrets.json');
writeFileSync(file, JSON.stringify(kept));

/** SSM Parameter Store, as far as GetParameters goes. */
const calls: string[][] = [];
let down = false;
const ssm = await startStub(({ target, body }) => {
  if (down || target !== 'AmazonSSM.GetParameters') {
    return { status: 400, error: 'AccessDeniedException', body: { message: 'not you' } };
  }
  const names = body['Names'] as string[];
  calls.push(names);
  // The service refuses more.
  if (names.length > 10 || body['WithDecryption'] !== true) {
    return { status: 400, error: 'ValidationException' };
  }
  const values = names.flatMap((Name) => {
    const [, , , namespace = '', name = ''] = Name.split('/');
    const Value = kept[namespace]?.[name];
    return Value === undefined ? [] : [{ Name, Value, Type: 'SecureString' }];
  });
  // In no particular order.
  return { body: { Parameters: values.reverse(), InvalidParameters: [] } };
});
/** Secrets Manager, as far as GetSecretValue goes. */
const asked: string[] = [];
const secretsManager = await startStub(({ target, body }) => {
  const name = String(body['SecretId']);
  asked.push(name);
  if (down || target !== 'secretsmanager.GetSecretValue') {
    return { status: 400, error: 'AccessDeniedException', body: { message: 'not you' } };
  }
  const [, , , namespace = '', key = ''] = name.split('/');
  if (key === 'BYTES') return { body: { Name: name, SecretBinary: 'AAEC' } };
  const SecretString = kept[namespace]?.[key];
  return SecretString === undefined
    ? { status: 400, error: 'ResourceNotFoundException', body: { message: 'none' } }
    : { body: { Name: name, SecretString } };
});
afterAll(async () => {
  await ssm.close();
  await secretsManager.close();
  rmSync(directory, { recursive: true });
});

let now = 0;
function storeOf(source: string): SecretStore {
  const { secretStore } = openAws({
    region,
    credentials,
    endpoint: { ssm: ssm.endpoint, secretsmanager: secretsManager.endpoint },
    clock: { now: () => now },
    environment: {
      BATON_TABLE: 'none',
      BATON_SECRETS_PREFIX: '/baton/secrets',
      BATON_SECRETS_SOURCE: source,
    },
  });
  if (!secretStore) throw new Error('there is a prefix');
  return secretStore;
}
const parameterStore = () => storeOf('parameter-store');
const managed = () => storeOf('secrets-manager');

async function secret(
  secretStore: SecretStore,
  args: Readonly<Record<string, string>>,
  namespace = 'company.team',
): Promise<unknown> {
  const answer = secretFunction({ settings: noSettings, secretStore }, namespace, {
    hide: () => undefined,
  });
  return settle(() => answer(new Map(Object.entries(args))));
}

describe.each([
  ['a file', () => secretsIn(file)],
  ['Parameter Store', parameterStore],
  ['Secrets Manager', managed],
])('secrets from %s', (_, open) => {
  test.each([
    ['of the own namespace', { key: 'TOKEN' }, 'of the team'],
    ['whatever the case of the key', { key: 'token' }, 'of the team'],
    ['of a namespace above', { key: 'TOP' }, 'top'],
    ['of one above that is named', { key: 'TOKEN', namespace: 'company' }, 'of the company'],
    ['a text in one that is JSON', { key: 'DB', subkey: 'user' }, 'anna'],
    ['a number in one that is JSON', { key: 'DB', subkey: 'port' }, 5432n],
  ])('%s', async (_name, args, value) => {
    expect(await secret(open(), args)).toBe(value);
  });

  test.each([
    ['missing', { key: 'NONE' }, "Cannot find secret for key 'NONE'."],
    ['of a neighbour', { key: 'ALONE' }, "Cannot find secret for key 'ALONE'."],
    ['of a neighbour by name', { key: 'ALONE', namespace: 'other' }, 'are not for flows of'],
    ['of a namespace below', { key: 'TOKEN', namespace: 'company.team.a' }, 'are not for flows of'],
    ['of one that begins the same', { key: 'TOKEN', namespace: 'comp' }, 'are not for flows of'],
    ['by a path', { key: '../other/ALONE' }, "Cannot find secret for key '../other/ALONE'."],
    ['inherited from Object', { key: 'constructor' }, 'Cannot find secret'],
    ['by a field that is not there', { key: 'DB', subkey: 'toString' }, 'Cannot find subkey'],
    ['by a field of a text', { key: 'TOKEN', subkey: 'length' }, 'Cannot find subkey'],
  ])('not: %s', async (_name, args, message) => {
    const asked = secret(open(), args);
    await expect(asked).rejects.toThrow(ExpressionError);
    await expect(asked).rejects.toThrow(message);
  });
});

test('the environment comes first, and asks nobody', async () => {
  const answer = secretFunction(
    { settings: { ...noSettings, secrets: { TOKEN: 'set' } } },
    'company',
    createSecrets(undefined),
  );
  expect(answer(new Map([['key', 'token']]))).toBe('set');
});

test('Parameter Store is asked once for a namespace and all above it, again after five minutes', async () => {
  const store = parameterStore();
  calls.length = 0;
  const find = () => store.find(['company.team', 'company'], 'TOP');
  expect([await find(), await find()]).toEqual(['top', 'top']);
  expect(calls).toEqual([['/baton/secrets/company.team/TOP', '/baton/secrets/company/TOP']]);
  now += 5 * 60_000;
  await find();
  expect(calls).toHaveLength(2);
});

test('what Parameter Store lacks is asked for each time, ten names at most', async () => {
  const store = parameterStore();
  calls.length = 0;
  const deep = Array.from({ length: 12 }, (_, index) => `n${index}`);
  expect(await store.find(deep, 'TOP')).toBeUndefined();
  expect(await store.find([...deep, 'company'], 'TOP')).toBe('top');
  expect(calls.map(({ length }) => length)).toEqual([10, 2, 10, 3]);
});

test('Secrets Manager is asked from the own namespace upwards, again after five minutes', async () => {
  const store = managed();
  asked.length = 0;
  const find = (name: string) => store.find(['company.team', 'company'], name);
  expect([await find('TOP'), await find('TOP'), await find('TOKEN')]).toEqual([
    'top',
    'top',
    'of the team',
  ]);
  const [own, above] = ['/baton/secrets/company.team', '/baton/secrets/company'];
  expect(asked).toEqual([`${own}/TOP`, `${above}/TOP`, `${own}/TOKEN`]);
  now += 5 * 60_000;
  await find('TOKEN');
  expect(asked).toHaveLength(4);
});

test('a secret that is no text is named, and not shown', async () => {
  const found = secret(managed(), { key: 'BYTES' });
  await expect(found).rejects.toThrow('/baton/secrets/company.team/BYTES is binary');
  await expect(found).rejects.not.toThrow('AAEC');
});

test.each([
  ['Parameter Store', parameterStore],
  ['Secrets Manager', managed],
])('%s that refuses fails the expression, with its reason', async (_, open) => {
  down = true;
  const found = secret(open(), { key: 'TOKEN' });
  await expect(found).rejects.toThrow(/^Secrets cannot be read: AccessDeniedException: not you/);
  down = false;
});

test('a file that is not JSON is named, and not quoted', async () => {
  const broken = join(directory, 'broken.json');
  writeFileSync(broken, '{"a": hunter2');
  const asked = secret(secretsIn(broken), { key: 'TOKEN' });
  await expect(asked).rejects.toThrow('broken.json: not JSON');
  await expect(asked).rejects.not.toThrow('hunter2');
});

test('without a prefix there is no store', () => {
  expect(openAws({ region, credentials, environment: { BATON_TABLE: 'none' } })).not.toHaveProperty(
    'secretStore',
  );
});
