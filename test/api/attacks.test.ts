/** Hostile bodies, and JSON and Ion from elsewhere: refused or read as data, and nothing is changed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { storeFlow } from '../../src/api/flows.ts';
import { ExpressionError } from '../../src/expression/error.ts';
import { readIon } from '../../src/expression/ion.ts';
import { Budget, defaultLimits } from '../../src/expression/limits.ts';
import { readJson, writeJson } from '../../src/expression/json.ts';
import { readYaml } from '../../src/expression/yaml.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';

let engine: EmbeddedEngine;
let app: ReturnType<typeof createApp>;
beforeAll(async () => {
  engine = await startEmbedded();
  app = createApp({ runtime: engine.runtime, logs: engine.logs });
  await storeFlow(
    engine.runtime,
    `
id: target
namespace: attacks
inputs: [{id: data, type: JSON, required: false}, {id: text, type: STRING, required: false}]
tasks:
  - {id: seen, type: io.kestra.plugin.core.debug.Return, format: "{{ inputs.data ?? trigger.body ?? '' }}"}
  - {id: keep, type: io.kestra.plugin.core.kv.Set, key: k, value: "{{ inputs.data ?? '{}' }}", kvType: JSON}
triggers: [{id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: abc}]`,
  );
});
afterAll(async () => {
  await engine.idle();
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  await engine.close();
});

const deep = (open: string, close: string, times = 100_000) =>
  open.repeat(times) + close.repeat(times);
const bodies: readonly (readonly [string, string])[] = [
  ['lists in lists', deep('[', ']')],
  ['lists in lists, unclosed', '['.repeat(500_000)],
  ['maps in maps', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ['deep below an input', `{"data": ${deep('[', ']')}}`],
  ['a prototype', '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'],
  ['a prototype below an input', '{"data": {"__proto__": {"polluted": 1}}}'],
  ['a key twice', '{"text": "a", "text": "b"}'],
  ['a number too large', '{"data": 1e999999}'],
  ['digits without end', `{"data": ${'9'.repeat(500_000)}}`],
  ['half a surrogate', '{"text": "\\ud800"}'],
  ['NUL', '{"text": "a\\u0000b"}'],
  ['a byte order mark', '\ufeff{"text": "a"}'],
  ['no JSON', '{"text": }'],
  ['a list', '[1]'],
  ['nothing but null', 'null'],
  ['many keys', `{${Array.from({ length: 50_000 }, (_, n) => `"k${n}":1`).join(',')}}`],
  ['too many bytes', `{"text": "${'x'.repeat(1_100_000)}"}`],
];
const targets = [
  '/executions/attacks/target',
  '/api/v1/executions/webhook/attacks/target/abc',
  '/executions/none/actions/labels',
  '/executions/none/actions/state',
  '/executions/none/replay-with-inputs',
  '/flows',
  '/',
] as const;

describe.each(targets)('POST %s', (path) => {
  test.each(bodies)('%s', async (_, body) => {
    const headers = { 'content-type': 'application/json' };
    const response = await app.request(path, { method: 'POST', headers, body });
    expect(response.status).toBeLessThan(500);
    const text = await response.text();
    expect(text.length).toBeLessThan(2_000_000);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

test('a body that is not UTF-8 is refused', async () => {
  const body = new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]);
  for (const path of ['/', '/flows', '/executions/attacks/target']) {
    expect((await app.request(path, { method: 'POST', body })).status).toBe(400);
  }
});

describe.each([
  ['JSON', readJson],
  ['Ion', (text: string) => readIon(text, new Budget(defaultLimits))],
  ['YAML', readYaml],
])('%s of an answer or a file', (_, read) => {
  test.each([
    ['deep lists', deep('[', ']', 3_000)],
    ['unclosed lists', '['.repeat(20_000)],
    ['deep maps', `${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`],
    ['keys of prototypes', '{"__proto__": {"polluted": 1}, "constructor": 1, "toString": 2}'],
    ['a key twice', '{"a": 1, "a": 2}'],
    ['a long number', '9'.repeat(20_000)],
    ['a large exponent', '1e999999999'],
    ['a small exponent', '1e-999999999'],
    ['aliases', 'a: &a [1,1]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]'],
    ['an annotation without end', `${'a::'.repeat(20_000)}1`],
    ['a blob', '{{aGVsbG8=}}'],
    ['an open text', '"abc'],
    ['an open comment', '/* abc'],
  ])('%s', (_name, text) => {
    try {
      const value = read(text);
      writeJson(value);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
