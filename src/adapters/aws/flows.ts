/**
 * The flow registry: one item per revision, and one entry per flow for lists. Neither expires.
 *
 * The latest revision is the last item of the flow's partition, not a pointer, so there is nothing
 * to keep in step. A new one is written where none is yet: of two writers one goes on to the next
 * number. The list entry comes first: cut short between the two, a repeated call makes it good.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Flow, FlowKey } from '../../engine/flow.ts';
import type { Page, PageRequest, StateStore, StoredFlow } from '../../engine/ports.ts';
import { number, reader, text } from './attributes.ts';
import type { Database, Item } from './database.ts';
import { announceListener, retractListener } from './triggers.ts';
import { flowListKey, flowListPartition, flowPartition, revisionKey } from './table.ts';

export function flows(database: Database): Pick<StateStore, 'putFlow' | 'readFlow' | 'listFlows'> {
  return {
    async putFlow(source, compiled) {
      const { namespace, id } = compiled;
      for (;;) {
        const latest = await readLatest(database, namespace, id);
        if (latest?.source === source) return { ...latest, changed: false };
        const flow: Flow = { ...compiled, revision: (latest?.flow.revision ?? 0) + 1 };
        await list(database, flow);
        await announceListener(database, flow);
        if (await database.put(toItem({ flow, source }), 'attribute_not_exists(#pk)')) {
          await retractListener(database, flow, latest?.flow);
          return { flow, source, changed: true };
        }
      }
    },

    async readFlow(namespace, id, revision) {
      if (revision === undefined) return readLatest(database, namespace, id);
      const item = await database.get(revisionKey(namespace, id, revision));
      return item === undefined ? undefined : fromItem(item);
    },

    listFlows: (page) => listFlows(database, page),
  };
}

async function readLatest(
  database: Database,
  namespace: string,
  id: string,
): Promise<StoredFlow | undefined> {
  const partition = flowPartition(namespace, id);
  for await (const item of database.query({ partition, newestFirst: true, pageSize: 1 })) {
    return fromItem(item);
  }
  return undefined;
}

async function list(database: Database, { namespace, id, revision }: FlowKey): Promise<void> {
  // Never backwards: the writer of an older revision may be the slower one.
  await database.update(flowListKey(namespace, id), {
    expression: 'SET #r = :r',
    condition: 'attribute_not_exists(#r) OR #r < :r',
    values: { ':r': number(revision) },
  });
}

async function listFlows(
  database: Database,
  { namespace, after, limit }: PageRequest & { namespace?: string },
): Promise<Page<FlowKey>> {
  // '$' is the character after '#': the keys between them are the flows of one namespace.
  const from = after ?? (namespace === undefined ? '' : `${namespace}#`);
  const to = namespace === undefined ? '\u{10ffff}' : `${namespace}$`;
  const found: Item[] = [];
  const entries = database.query({
    partition: flowListPartition,
    sort: '#sk BETWEEN :from AND :to',
    values: { ':from': text(`${from}\u0000`), ':to': text(to) },
    pageSize: limit + 1,
  });
  for await (const item of entries) {
    found.push(item);
    if (found.length > limit) break;
  }
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(readEntry),
    ...(found.length > limit && last !== undefined && { next: reader(last).text('sk') }),
  };
}

function readEntry(item: Item): FlowKey {
  const read = reader(item);
  const [namespace = '', id = ''] = read.text('sk').split('#');
  return { namespace, id, revision: read.number('r') };
}

function toItem({ flow, source }: StoredFlow): Item {
  const { pk, sk } = revisionKey(flow.namespace, flow.id, flow.revision);
  return {
    pk: text(pk),
    sk: text(sk),
    c: { B: deflateRawSync(JSON.stringify(flow)) },
    s: { B: deflateRawSync(source) },
  };
}

function fromItem(item: Item): StoredFlow {
  const inflated = (name: string) =>
    Buffer.from(inflateRawSync(item[name]?.B ?? new Uint8Array())).toString();
  return { flow: JSON.parse(inflated('c')) as Flow, source: inflated('s') };
}
