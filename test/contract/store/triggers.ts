import { expect } from 'vitest';
import type { Flow } from '../../../src/engine/flow.ts';
import type { StateStore, TriggerStateKey } from '../../../src/engine/ports.ts';
import { triggerTypes } from '../../../src/engine/trigger.ts';
import { aFlow, epochMs, fresh } from '../fixtures.ts';
import type { KeepsPromise } from '../promises.ts';

export function triggerPromises(promise: KeepsPromise, store: () => StateStore): void {
  listening(promise, store);
  remembering(promise, store);
}

const triggers: NonNullable<Flow['triggers']> = [
  { id: 'after', type: triggerTypes.flow, states: ['SUCCESS'] },
];

function listening(promise: KeepsPromise, store: () => StateStore): void {
  const listed = async (namespace: string) =>
    (await store().listListeners()).filter((key) => key.namespace === namespace);

  promise('listeners are the flows with Flow triggers, by their latest revision', async () => {
    const namespace = fresh('company.listen');
    await store().putFlow('source', aFlow({ namespace, id: 'plain' }));
    await store().putFlow('source', aFlow({ namespace, id: 'one', triggers }));
    expect(await listed(namespace)).toEqual([{ namespace, id: 'one', revision: 1 }]);
    await store().putFlow('source', aFlow({ namespace, id: 'one', triggers }));
    await store().putFlow('changed', aFlow({ namespace, id: 'one', triggers }));
    await store().putFlow('changed', aFlow({ namespace, id: 'plain', triggers }));
    const both = (await listed(namespace)).toSorted((a, b) => a.id.localeCompare(b.id));
    expect(both).toEqual([
      { namespace, id: 'one', revision: 2 },
      { namespace, id: 'plain', revision: 2 },
    ]);
  });

  promise('a flow whose latest revision has no Flow trigger is no listener', async () => {
    const namespace = fresh('company.listen');
    const webhook = { id: 'hook', type: triggerTypes.webhook, key: 'k' } as const;
    await store().putFlow('source', aFlow({ namespace, triggers }));
    await store().putFlow('webhook', aFlow({ namespace, triggers: [webhook] }));
    expect(await listed(namespace)).toEqual([]);
    await store().putFlow('again', aFlow({ namespace, triggers }));
    expect(await listed(namespace)).toMatchObject([{ namespace, revision: 3 }]);
  });
}

function remembering(promise: KeepsPromise, store: () => StateStore): void {
  const aKey = (parts: Partial<TriggerStateKey> = {}): TriggerStateKey => ({
    namespace: fresh('company.team'),
    flowId: 'flow',
    triggerId: 'after',
    name: 'window',
    ...parts,
  });
  const aState = (version: number, value = `v${version}`) => ({
    version,
    value,
    expiresAt: epochMs * 2,
  });

  promise('the state of a trigger is written version by version', async () => {
    const key = aKey();
    expect(await store().readTriggerState(key)).toBeUndefined();
    expect(await store().writeTriggerState(key, aState(2))).toBe(false);
    expect(await store().writeTriggerState(key, aState(1))).toBe(true);
    expect(await store().writeTriggerState(key, aState(1, 'late'))).toBe(false);
    expect(await store().writeTriggerState(key, aState(2))).toBe(true);
    expect(await store().writeTriggerState(key, aState(2, 'late'))).toBe(false);
    expect(await store().readTriggerState(key)).toEqual(aState(2));
  });

  promise('states are separate by flow, trigger and name', async () => {
    const key = aKey();
    await store().writeTriggerState(key, aState(1));
    const others = [
      { ...key, namespace: `${key.namespace}.child` },
      { ...key, flowId: 'other' },
      { ...key, triggerId: 'other' },
      { ...key, name: `other ${'é'.repeat(2_000)}` },
    ];
    for (const other of others) {
      expect(await store().writeTriggerState(other, aState(1, JSON.stringify(other)))).toBe(true);
    }
    for (const other of others) {
      expect((await store().readTriggerState(other))?.value).toBe(JSON.stringify(other));
    }
    expect(await store().readTriggerState(key)).toEqual(aState(1));
  });

  promise('of several who write the same version at once exactly one wins', async () => {
    const key = aKey();
    for (const version of [1, 2]) {
      const values = Array.from({ length: 8 }, (_, n) => `${version}.${n}`);
      const won = await Promise.all(
        values.map((value) => store().writeTriggerState(key, aState(version, value))),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await store().readTriggerState(key))?.value).toBe(values[won.indexOf(true)]);
    }
  });
}
