import { expect } from 'vitest';
import type { StateStore } from '../../../src/engine/ports.ts';
import { aFlow, allPages, fresh } from '../fixtures.ts';
import type { KeepsPromise } from '../promises.ts';

export function flowPromises(promise: KeepsPromise, store: () => StateStore): void {
  putting(promise, store);
  listing(promise, store);
}

function putting(promise: KeepsPromise, store: () => StateStore): void {
  promise('revisions count from 1, and the same source makes none', async () => {
    const compiled = aFlow();
    const { namespace, id } = compiled;
    const first = { flow: { ...compiled, revision: 1 }, source: 'id: flow # Grüße 👋\n' };
    expect(await store().putFlow(first.source, compiled)).toEqual({ ...first, changed: true });
    expect(await store().putFlow(first.source, compiled)).toEqual({ ...first, changed: false });

    const changed = { ...compiled, description: 'changed' };
    const second = { flow: { ...changed, revision: 2 }, source: `${first.source} ` };
    expect(await store().putFlow(second.source, changed)).toEqual({ ...second, changed: true });
    expect(await store().readFlow(namespace, id)).toEqual(second);
    expect(await store().readFlow(namespace, id, 1)).toEqual(first);
    expect(await store().readFlow(namespace, id, 2)).toEqual(second);
  });

  promise('going back to an older source makes a new revision', async () => {
    const compiled = aFlow();
    for (const source of ['a', 'b', 'a']) await store().putFlow(source, compiled);
    const latest = await store().readFlow(compiled.namespace, compiled.id);
    expect(latest?.source).toBe('a');
    expect(latest?.flow.revision).toBe(3);
  });

  promise('different sources put at once get different revisions, without a gap', async () => {
    const compiled = aFlow();
    const sources = Array.from({ length: 6 }, (_, n) => `source ${n}`);
    const put = await Promise.all(sources.map((source) => store().putFlow(source, compiled)));
    const revisions = put.map(({ flow }) => flow.revision);
    expect(new Set(revisions)).toEqual(new Set([1, 2, 3, 4, 5, 6]));
    for (const { flow, source, changed } of put) {
      expect(changed).toBe(true);
      const read = await store().readFlow(compiled.namespace, compiled.id, flow.revision);
      expect(read).toEqual({ flow, source });
    }
  });

  promise('the same source put many times at once is one revision', async () => {
    const compiled = aFlow();
    const put = await Promise.all(
      Array.from({ length: 6 }, () => store().putFlow('same', compiled)),
    );
    expect(put.filter(({ changed }) => changed)).toHaveLength(1);
    expect(put.map(({ flow }) => flow.revision)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  promise('flows and revisions nobody stored are not there', async () => {
    const compiled = aFlow();
    await store().putFlow('source', compiled);
    const { namespace, id } = compiled;
    expect(await store().readFlow(namespace, id, 2)).toBeUndefined();
    expect(await store().readFlow(namespace, 'other')).toBeUndefined();
    expect(await store().readFlow(`${namespace}.child`, id)).toBeUndefined();
  });

  promise('a flow of 200 KB with a source of 100 KB comes back as it was', async () => {
    const compiled = aFlow({ variables: { large: 'é'.repeat(100_000) } });
    const source = `# ${'x'.repeat(100_000)}`;
    const put = await store().putFlow(source, compiled);
    expect(await store().readFlow(compiled.namespace, compiled.id)).toEqual({
      flow: put.flow,
      source,
    });
  });
}

function listing(promise: KeepsPromise, store: () => StateStore): void {
  promise('the list has every flow of a namespace once, at its latest revision', async () => {
    const namespace = fresh('company.list');
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      await store().putFlow('first', aFlow({ namespace, id }));
      await store().putFlow('second', aFlow({ namespace, id }));
    }
    await store().putFlow('other', aFlow({ namespace: `${namespace}.child`, id: 'f' }));
    const pages = await allPages((page) => store().listFlows({ ...page, namespace }), 2);
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(2);
    const listed = pages.flat().sort((a, b) => a.id.localeCompare(b.id));
    expect(listed).toEqual(['a', 'b', 'c', 'd', 'e'].map((id) => ({ namespace, id, revision: 2 })));
    expect(await store().listFlows({ namespace: fresh('nobody'), limit: 5 })).toEqual({
      items: [],
    });
  });

  promise('without a namespace the list has the flows of all', async () => {
    const put = [aFlow(), aFlow(), aFlow()];
    for (const compiled of put) await store().putFlow('source', compiled);
    const listed = (await allPages((page) => store().listFlows(page), 4)).flat();
    for (const { namespace, id } of put) {
      expect(listed.filter((key) => key.namespace === namespace)).toEqual([
        { namespace, id, revision: 1 },
      ]);
    }
  });
}
