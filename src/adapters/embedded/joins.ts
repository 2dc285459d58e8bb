/** How fans end and how limited ones go on: join sets (B5) and the hand-out of members. */
import type { StateStore } from '../../engine/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { type Bill, itemBytes } from './units.ts';

export function joinsOf(commits: GroupCommit, bill: Bill): Pick<StateStore, 'addToJoin'> {
  const { database } = commits;
  const add = database.prepare(
    `INSERT INTO joins (execution, path, epoch, shard, member) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  const members = database.prepare(
    'SELECT member FROM joins WHERE execution = ? AND path = ? AND epoch = ? AND shard = ?',
  );
  return {
    addToJoin: (id, { path, epoch, shard }, member) =>
      commits.write(() => {
        add.run(id, path, epoch, shard, member);
        const set = members.all(id, path, epoch, shard).map((row) => String(row['member']));
        bill.write(itemBytes(id, path, ...set), id);
        return set;
      }),
  };
}

/** Every answer is kept, so a late claim gets the one it got before, never 'passed'. */
export function placesOf(
  commits: GroupCommit,
  bill: Bill,
): Pick<StateStore, 'claimMember' | 'readPlaces'> {
  const { database } = commits;
  const fan = 'execution = ? AND path = ? AND epoch = ?';
  const answered = database.prepare(`SELECT member FROM claims WHERE ${fan} AND after = ?`);
  const answer = database.prepare(
    'INSERT INTO claims (execution, path, epoch, after, place, member) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const open = database.prepare(
    `INSERT INTO fans (execution, path, epoch, next, stopped) VALUES (?, ?, ?, ?, 0)
     ON CONFLICT DO NOTHING`,
  );
  const stop = database.prepare(`UPDATE fans SET stopped = 1 WHERE ${fan}`);
  const take = database.prepare(
    `UPDATE fans SET next = next + 1 WHERE ${fan} AND stopped = 0 AND next < ?
     RETURNING next - 1 AS member`,
  );
  const counter = database.prepare(`SELECT next, stopped FROM fans WHERE ${fan}`);
  // A place is handed growing members: its last one is its largest.
  const held = database.prepare(
    `SELECT place, max(member) AS member FROM claims WHERE ${fan} GROUP BY place`,
  );

  return {
    claimMember: (id, { path, epoch, place, after, first, of, stop: stops }) =>
      commits.write(() => {
        bill.write(0, id);
        const key = [id, path, epoch] as const;
        const before = answered.get(...key, after);
        if (stops || before === undefined) open.run(...key, first);
        if (stops) stop.run(...key);
        if (before) return Number(before['member']);
        const taken = stops ? undefined : take.get(...key, of);
        if (taken === undefined) return undefined;
        const member = Number(taken['member']);
        answer.run(...key, after, place, member);
        return member;
      }),

    readPlaces: (id, path, epoch) =>
      commits.read(() => {
        bill.read(0, id);
        const row = counter.get(id, path, epoch);
        if (row === undefined) return undefined;
        return {
          next: Number(row['next']),
          stop: row['stopped'] === 1,
          held: held.all(id, path, epoch).map((claim) => ({
            place: Number(claim['place']),
            member: Number(claim['member']),
          })),
        };
      }),
  };
}
