/** The list of executions, newest first, straight from an index for each filter. */
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { StateStore } from '../../engine/ports.ts';
import { executionColumns, executionOf } from './executions.ts';
import type { GroupCommit } from './group-commit.ts';
import { type Bill, itemBytes } from './units.ts';

export function listsOf(commits: GroupCommit, bill: Bill): Pick<StateStore, 'listExecutions'> {
  // One statement for each combination of filters, prepared when first asked for.
  const statements = new Map<string, StatementSync>();
  const statementFor = (conditions: readonly string[]): StatementSync => {
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const sql = `SELECT ${executionColumns} FROM executions ${where}
      ORDER BY created_at DESC, id DESC LIMIT ?`;
    const statement = statements.get(sql) ?? commits.database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };

  return {
    listExecutions: ({ namespace, flowId, state, after, limit }) =>
      commits.read(() => {
        const conditions: string[] = [];
        const values: SQLInputValue[] = [];
        const filter = (condition: string, ...by: SQLInputValue[]) => {
          conditions.push(condition);
          values.push(...by);
        };
        if (namespace !== undefined) filter('namespace = ?', namespace);
        if (flowId !== undefined) filter('flow = ?', flowId);
        if (state !== undefined) filter('state = ?', state);
        if (after !== undefined) {
          filter('(created_at, id) < (?, ?)', ...(JSON.parse(after) as [number, string]));
        }
        const rows = statementFor(conditions).all(...values, limit + 1);
        const items = rows.slice(0, limit).map(executionOf);
        bill.list(itemBytes(...rows.flatMap((row) => Object.values(row))));
        const last = items.at(-1);
        if (rows.length <= limit || last === undefined) return { items };
        return { items, next: JSON.stringify([last.createdAt, last.id]) };
      }),
  };
}
