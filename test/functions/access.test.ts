/** Who may do what, through the ingest handler with events as Function URLs make them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { ruleOf } from '../../src/api/access.ts';
import { isAllowed, readPolicy } from '../../src/api/policy.ts';
import { accessFrom } from '../../functions/access.ts';
import { type DeployedEngine, signers, startDeployed } from '../helpers/deployed.ts';

const policy = `
rules:
  - principals: ["arn:aws:iam::000000000000:user/admin"]
    namespaces: ["*"]
    verbs: [read, run, write, control]
  - principals: ["arn:aws:sts::*:assumed-role/team-deployer/*"]
    namespaces: [company.team, company.team.*]
    verbs: [read, run, write]
  - principals: ["111111111111"]
    namespaces: [company.*]
    verbs: [read]
`;

let engine: DeployedEngine;
/** Of an execution of company.team and of one of company.other. */
let ids: Readonly<Record<'own' | 'other', string>>;
const flow = (namespace: string, id = 'small') =>
  `{id: ${id}, namespace: ${namespace}, tasks: [{id: a, type: io.kestra.plugin.core.debug.Return, format: hi}]}`;

beforeAll(async () => {
  engine = await startDeployed({ BATON_ACCESS_POLICY: policy, BATON_ALLOW_UNSIGNED: 'webhooks' });
  const start = async (namespace: string): Promise<string> => {
    const response = await engine.request('POST', '/', flow(namespace));
    return ((await response.json()) as { id: string }).id;
  };
  ids = { own: await start('company.team'), other: await start('company.other') };
});
afterAll(async () => engine.close());

/** Path with OWN and OTHER for the ids; status where it is answered, or 403. */
const requests = `
team    GET     /flows?namespace=company.team                   200
team    GET     /flows?namespace=company.team.below             200
team    GET     /flows?namespace=company.teams                  403
team    GET     /flows?namespace=company                        403
team    GET     /flows                                          403
team    GET     /flows/company.team/small                       200
team    GET     /flows/company.other/small                      403
team    GET     /flows/company.other/none                       403
team    GET     /flows/company%2Eother/small                    403
team    PUT     /flows/company.other/small                      403
team    POST    /flows                                          403
team    POST    /                                               403
team    GET     /executions?namespace=company.team              200
team    GET     /executions                                     403
team    GET     /executions/OWN                                 200
team    GET     /executions/OTHER                               403
team    GET     /executions/OTHER/logs                          403
team    GET     /executions/none                                404
team    POST    /executions/company.team/small                  201
team    POST    /executions/company.other/small                 403
team    POST    /executions/OWN/actions/pause                   403
team    DELETE  /executions/OWN/actions/kill                    403
team    DELETE  /executions/OWN                                 403
team    POST    /executions/OTHER/restart                       403
team    POST    /executions/OTHER/replay                        403
reader  GET     /flows?namespace=company.other                  200
reader  GET     /executions/OTHER                               200
reader  POST    /executions/company.team/small                  403
reader  POST    /flows                                          403
admin   GET     /flows                                          200
admin   GET     /executions                                     200
admin   POST    /flows                                          200
admin   GET     /nowhere                                        404
nobody  GET     /flows?namespace=company.team                   403
nobody  POST    /                                               403
nobody  GET     /executions/OWN                                 403
nobody  GET     /nowhere                                        403
nobody  POST    /api/v1/executions/webhook/company.team/small/k 404
`;

const cases = requests
  .trim()
  .split('\n')
  .map((line) => line.split(/\s+/) as [string, string, string, string]);

test.each(cases)('%s: %s %s → %s', async (who, method, path, status) => {
  const signer = who === 'nobody' ? null : signers[who as keyof typeof signers];
  const at = path.replace('OWN', ids.own).replace('OTHER', ids.other);
  const body = method === 'GET' ? undefined : flow('company.other');
  const isStart = path.startsWith('/executions/company');
  const response = await engine.request(method, at, isStart ? undefined : body, {}, signer);
  expect(response.status).toBe(Number(status));
  if (status === '403') {
    const { code } = (await response.json()) as { code: string };
    expect(code).toBe(who === 'nobody' ? 'not-signed' : 'forbidden');
  }
});

test('who may write may store, and what was refused is not there', async () => {
  const stored = await engine.request(
    'POST',
    '/flows',
    flow('company.team', 'mine'),
    {},
    signers.team,
  );
  expect(stored.status).toBe(201);
  const refused = await engine.request('POST', '/', flow('other', 'theirs'), {}, signers.team);
  expect(refused.status).toBe(403);
  expect((await engine.request('GET', '/flows/other/theirs')).status).toBe(404);
});

test('headers of a caller are no signature', async () => {
  const headers = {
    authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/lambda/aws4_request',
    'x-amzn-request-context': JSON.stringify({ authorizer: { iam: { userArn: signers.admin } } }),
  };
  const response = await engine.request('GET', '/flows', undefined, headers, null);
  expect(response.status).toBe(403);
});

test('every route has a rule', () => {
  const access = { principalOf: () => undefined, policy: async () => undefined, unsigned: 'none' };
  const app = createApp({ runtime: {}, logs: {}, access } as never);
  const routes = app.routes.filter(({ path }) => !path.endsWith('*'));
  expect(routes.length).toBeGreaterThan(30);
  for (const { method, path } of routes)
    expect([path, ruleOf(method, path)?.verbs]).not.toContain(undefined);
  const webhooks = routes.filter(({ method, path }) => ruleOf(method, path)?.isWebhook);
  expect([...new Set(webhooks.map(({ path }) => path))]).toEqual([
    '/api/v1/executions/webhook/:namespace/:flowId/:key',
    '/api/v1/main/executions/webhook/:namespace/:flowId/:key',
  ]);
});

describe('a policy', () => {
  test.each([
    ['', 'not JSON or YAML'],
    ['[]', 'the policy must be a map'],
    ['{rules: 1}', 'rules must be a list'],
    ['{rules: [], others: 1}', 'the policy has no property "others"'],
    ['{rules: [{}]}', 'rules[0].verbs must be'],
    [
      '{rules: [{principals: [], namespaces: ["*"], verbs: [read]}]}',
      'rules[0].principals must be',
    ],
    ['{rules: [{principals: ["*"], namespaces: [1], verbs: [read]}]}', 'rules[0].namespaces must'],
    ['{rules: [{principals: ["*"], namespaces: ["*"], verbs: [all]}]}', 'rules[0].verbs may be'],
    [
      '{rules: [{principals: ["*"], namespaces: ["*"], verbs: [read], not: 1}]}',
      'no property "not"',
    ],
    ['{rules: [', 'not JSON or YAML'],
    ['a: &a [1]\nrules: *a\nb: {<<: *a}', ''],
  ])('that is %j allows nothing: %s', (text, message) => {
    expect(() => readPolicy(text)).toThrow(message);
  });

  test.each([
    ['a*', 'abc', true],
    ['a*', 'ba', false],
    ['*c', 'abc', true],
    ['a*b*c', 'a1b2c', true],
    ['a*b*c', 'ab', false],
    ['ab*ba', 'aba', false],
    ['*', '', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', true],
    ['a.b', 'axb', false],
    [`${'a*'.repeat(30)}b`, 'a'.repeat(5_000), false],
  ])('pattern %s fits %s: %s', (pattern, namespace, fits) => {
    const rules = [{ principals: ['*'], namespaces: [pattern], verbs: ['read'] as const }];
    expect(isAllowed({ rules }, { arn: 'x', account: '' }, 'read', namespace)).toBe(fits);
  });

  test('in a parameter is read again after a minute, and one that is missing allows nothing', async () => {
    let now = 0;
    let text: string | undefined = '{rules: []}';
    let reads = 0;
    const access = accessFrom({
      environment: { BATON_ACCESS_PARAMETER: '/baton/access' },
      parameter: async () => {
        reads += 1;
        return text;
      },
      now: () => now,
    });
    expect([await access.policy(), await access.policy()]).toEqual([{ rules: [] }, { rules: [] }]);
    expect(reads).toBe(1);
    now = 60_000;
    text = undefined;
    await expect(access.policy()).rejects.toThrow('/baton/access is not there');
  });

  test('may be absent, and requests are signed all the same', async () => {
    const access = accessFrom({ environment: {}, parameter: async () => '', now: () => 0 });
    expect(await access.policy()).toBeUndefined();
    expect(access.unsigned).toBe('none');
    const environment = { BATON_ALLOW_UNSIGNED: 'yes' };
    expect(() => accessFrom({ environment, parameter: async () => '', now: () => 0 })).toThrow();
  });
});
