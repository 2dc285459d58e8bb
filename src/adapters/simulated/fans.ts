/** Join sets and places of limited fans, in memory. */
import type { ExecutionId } from '../../engine/execution.ts';
import type { Claim, Places, StateStore } from '../../engine/ports.ts';

interface Fan {
  next: number;
  stop: boolean;
  /** By place: what it finished last, and what it was handed for it. */
  readonly held: Map<number, { readonly after: number; readonly member: number }>;
}

interface Fans extends Pick<StateStore, 'addToJoin' | 'claimMember' | 'readPlaces'> {
  /** Drops what an execution has here. */
  forget(id: ExecutionId): void;
}

export function simulatedFans(): Fans {
  const joins = new Map<string, Set<string>>();
  const fans = new Map<string, Fan>();
  return {
    async addToJoin(id, { path, epoch, shard }, member) {
      const key = JSON.stringify([id, path, epoch, shard]);
      const set = joins.get(key) ?? new Set<string>();
      joins.set(key, set.add(member));
      return [...set];
    },
    async claimMember(id, claim) {
      const key = JSON.stringify([id, claim.path, claim.epoch]);
      const fan = fans.get(key) ?? { next: claim.first, stop: false, held: new Map() };
      fans.set(key, fan);
      return claimFrom(fan, claim);
    },
    async readPlaces(id, path, epoch): Promise<Places | undefined> {
      const fan = fans.get(JSON.stringify([id, path, epoch]));
      if (fan === undefined) return undefined;
      const held = [...fan.held].map(([place, { member }]) => ({ place, member }));
      return { next: fan.next, stop: fan.stop, held };
    },
    forget(id) {
      const ours = JSON.stringify([id]).replace(/]$/, ',');
      for (const records of [joins, fans]) {
        for (const key of records.keys()) if (key.startsWith(ours)) records.delete(key);
      }
    },
  };
}

/** Only the last answer of a place is kept, as on DynamoDB: the harder case for the engine. */
function claimFrom(fan: Fan, { place, after, of, stop }: Claim): number | 'passed' | undefined {
  if (stop) fan.stop = true;
  const last = fan.held.get(place);
  if (last?.after === after) return last.member;
  if (last && last.after > after) return 'passed';
  if (fan.stop || fan.next >= of) return undefined;
  const member = fan.next;
  fan.next += 1;
  fan.held.set(place, { after, member });
  return member;
}
