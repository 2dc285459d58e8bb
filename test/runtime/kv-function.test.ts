/** `kv()` of expressions: where it looks, what it gives, and what it costs. */
import { describe, expect, test } from 'vitest';
import { ExpressionError } from '../../src/expression/error.ts';
import { settle } from '../../src/expression/pending.ts';
import { renderTyped } from '../../src/expression/render.ts';
import { toPlain } from '../../src/expression/value.ts';
import { hostOf } from '../../src/runtime/host.ts';
import { resolveFlowInputs } from '../../src/runtime/inputs.ts';
import { noSettings, runtimeOf, silentMetrics } from '../../src/runtime/runtime.ts';
import { readFlow } from '../../src/flow/read.ts';
import { simulatedLogs } from '../../src/adapters/simulated/files.ts';
import { pairsOf, type PairWorld, pairWorld } from '../helpers/pairs.ts';

async function filled(): Promise<PairWorld & { readonly asked: string[] }> {
  const world = pairWorld();
  const pairs = pairsOf(world);
  await pairs.put('company', { key: 'both', value: 'above', type: 'STRING' });
  await pairs.put('company', { key: 'above', value: { a: [1, { b: 'deep' }] }, type: 'JSON' });
  await pairs.put('company.team', { key: 'both', value: 'own', type: 'STRING' });
  await pairs.put('shop', { key: 'elsewhere', value: 1.5, type: 'NUMBER' });
  await pairs.put('company.team', { key: 'nothing', value: null, type: 'JSON' });
  const expiresAt = world.clock.now();
  await pairs.put('company.team', { key: 'expired', value: 1, type: 'NUMBER', expiresAt });
  const asked: string[] = [];
  const keyValues: PairWorld['keyValues'] = {
    ...world.keyValues,
    get: async (namespace, key, now) => {
      asked.push(`${namespace} ${key}`);
      return world.keyValues.get(namespace, key, now);
    },
  };
  return { ...world, keyValues, asked };
}

async function evaluated(world: PairWorld, template: string): Promise<unknown> {
  const runtime = { ...world, settings: noSettings, random: { next: () => 0 } };
  const host = hostOf(runtime, { namespace: 'company.team' });
  return toPlain(await settle(() => renderTyped(template, { variables: new Map(), host })));
}

describe('kv()', () => {
  test.each<[string, unknown]>([
    ["{{ kv('both') }}", 'own'],
    ["{{ kv('above').a[1].b }}", 'deep'],
    ["{{ kv('both', 'company') }}", 'above'],
    ["{{ kv('above', 'company.team') }}", null],
    ["{{ kv('above', namespace=null).a[0] }}", 1],
    ["{{ kv('elsewhere', 'shop') + 1 }}", 2.5],
    ["{{ kv('elsewhere') }}", null],
    ["{{ kv('elsewhere').a ?? 'none' }}", 'none'],
    ["{{ kv('expired') }}", null],
    ["{{ kv('nothing', errorOnMissing=true) }}", null],
    ["{{ kv(key='both', errorOnMissing=true) }}", 'own'],
    [
      "{% for key in ['both', 'above', 'both'] %}{{ kv(key) is map }} {% endfor %}",
      'false true false ',
    ],
  ])('%s', async (template, value) => {
    expect(await evaluated(await filled(), template)).toEqual(value);
  });

  test.each([
    [
      "{{ kv('no', errorOnMissing=true) }}",
      "The key 'no' does not exist in the namespace 'company.team'.",
    ],
    [
      "{{ kv('above', 'company.team', true) }}",
      "The key 'above' does not exist in the namespace 'company.team'.",
    ],
    ["{{ kv('a b') }}", "'a b' is not a key"],
    ["{{ kv('both', 'company/task-cache') }}", "'company/task-cache' is not a namespace"],
    ["{{ kv('both', 3) }}", "'namespace' must be a text"],
    ["{{ kv('both', errorOnMissing='yes') }}", "'errorOnMissing' must be true or false"],
    ['{{ kv() }}', "expects an argument 'key'"],
  ])('%s fails', async (template, message) => {
    const failing = evaluated(await filled(), template);
    await expect(failing).rejects.toThrow(ExpressionError);
    await expect(failing).rejects.toThrow(message);
  });

  test('reads each pair once for a task run, and nothing above where it finds one', async () => {
    const world = await filled();
    await evaluated(world, "{{ kv('both') }}{{ kv('both') ~ kv('above').a[0] }}{{ kv('both') }}");
    expect(world.asked).toEqual(['company.team both', 'company.team above', 'company above']);
  });

  test('is there for defaults of inputs', async () => {
    const world = await filled();
    const source = `
id: defaults
namespace: company.team
inputs: [{id: who, type: STRING, defaults: "{{ kv('both') }}"}]
tasks: [{id: a, type: io.kestra.plugin.core.log.Log, message: "{{ inputs.who }}"}]`;
    const { flow } = await readFlow(source);
    if (!flow) throw new Error('the flow is refused');
    const queue = { send: async () => undefined };
    const random = { next: () => 0 };
    const rest = { queue, random, logs: simulatedLogs(), metrics: silentMetrics };
    const runtime = runtimeOf({ ...world, ...rest, settings: noSettings });
    const { inputs } = await resolveFlowInputs(runtime, { ...flow, revision: 1 }, {});
    expect(inputs?.get('who')).toBe('own');
  });

  test('is not there without a store, and says so', async () => {
    const { clock, blobs } = pairWorld();
    const runtime = { clock, blobs, settings: noSettings, random: { next: () => 0 } };
    const host = hostOf(runtime, { namespace: 'company.team' });
    const rendering = settle(() => renderTyped("{{ kv('a') }}", { variables: new Map(), host }));
    await expect(rendering).rejects.toThrow("The function 'kv' is not available here");
  });
});
