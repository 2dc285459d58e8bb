/** The registry of flows: a revision is made when the source changed, and never changes after. */
import type { Flow } from '../../engine/flow.ts';
import type { StateStore, StoredFlow } from '../../engine/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Row } from './packed.ts';
import { enterListener } from './triggers.ts';
import { type Bill, itemBytes } from './units.ts';

export function flowsOf(
  commits: GroupCommit,
  bill: Bill,
): Pick<StateStore, 'putFlow' | 'readFlow' | 'listFlows'> {
  const { database } = commits;
  const insert = database.prepare(
    'INSERT INTO flows (namespace, id, revision, source, compiled) VALUES (?, ?, ?, ?, ?)',
  );
  const latest = database.prepare(
    'SELECT source, compiled FROM flows WHERE namespace = ? AND id = ? ORDER BY revision DESC LIMIT 1',
  );
  const pinned = database.prepare(
    'SELECT source, compiled FROM flows WHERE namespace = ? AND id = ? AND revision = ?',
  );
  const list = database.prepare(
    `SELECT namespace, id, max(revision) AS revision FROM flows
     WHERE (namespace, id) > (?, ?) AND (? IS NULL OR namespace = ?)
     GROUP BY namespace, id ORDER BY namespace, id LIMIT ?`,
  );
  const billed = (row: Row | undefined): StoredFlow | undefined => {
    bill.read(row ? itemBytes(row['source'], row['compiled']) : 0);
    return row && storedFlowOf(row);
  };

  return {
    putFlow: (source, compiled) =>
      commits.write(() => {
        const { namespace, id } = compiled;
        const standing = billed(latest.get(namespace, id));
        if (standing?.source === source) return { ...standing, changed: false };
        const flow: Flow = { ...compiled, revision: (standing?.flow.revision ?? 0) + 1 };
        const text = JSON.stringify(flow);
        insert.run(namespace, id, flow.revision, source, text);
        bill.write(itemBytes(source, text));
        enterListener(database, flow);
        return { flow, source, changed: true };
      }),

    readFlow: (namespace, id, revision) =>
      commits.read(() =>
        billed(
          revision === undefined ? latest.get(namespace, id) : pinned.get(namespace, id, revision),
        ),
      ),

    listFlows: ({ limit, after, namespace }) =>
      commits.read(() => {
        const [startNamespace, startId] = after
          ? (JSON.parse(after) as [string, string])
          : ['', ''];
        const filter = namespace ?? null;
        const rows = list.all(startNamespace, startId, filter, filter, limit + 1);
        const items = rows.slice(0, limit).map((row) => ({
          namespace: String(row['namespace']),
          id: String(row['id']),
          revision: Number(row['revision']),
        }));
        bill.list(itemBytes(...items.flatMap((key) => [key.namespace, key.id])));
        const last = items.at(-1);
        if (rows.length <= limit || last === undefined) return { items };
        return { items, next: JSON.stringify([last.namespace, last.id]) };
      }),
  };
}

function storedFlowOf(row: Row): StoredFlow {
  return {
    flow: JSON.parse(String(row['compiled'])) as Flow,
    source: String(row['source']),
  };
}
