/**
 * What side-by-side members of a fan share: join sets, and the places of a limited fan.
 *
 * A join adds to a string set (B5): adding twice changes nothing, and the answer is the whole set.
 *
 * A claim takes the next member for one place, in one conditional update. The right-hand sides of
 * SET see the item as it was, so `t = n, n = n + 1` hands out the old counter. Places 0 and 1 of a
 * fan of 4 with a limit of 2, where 0 finishes first and its baton comes twice:
 *
 *   claim                   condition a < after      item afterwards
 *   place 0 after 0         a0 absent: yes           n=3  a0=0 t0=2            → 2
 *   place 0 after 0 again   0 < 0: no, read it       n=3  a0=0 t0=2            → 2, the same
 *   place 1 after 1         a1 absent: yes           n=4  a0=0 t0=2 a1=1 t1=3  → 3
 *   place 0 after 2         n < of: no, read it      a0 ≠ 2, so none           → none is left
 *   place 0 after 0, late   0 < 0: no, read it       a0=0                      → 2, still
 *
 * `after` only grows within a place. A claim older than the last one of its place is refused as well:
 * the place has passed that point, and nothing may be handed to it twice.
 *
 * What the batons of one invocation add or claim side by side leaves in one update (gathering.ts), with
 * the answers they would have got one after the other.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Claim, Places, StateStore } from '../../engine/ports.ts';
import { number, text } from './attributes.ts';
import type { Database, Item, Update } from './database.ts';
import { gathering } from './gathering.ts';
import type { Retention } from './retention.ts';
import { joinKey, type Key, placesKey } from './table.ts';

/**
 * Places that are handed further members. About 14 bytes each: 64 of them take one write unit, and
 * this many stay below 4 KiB and four units. Of a wider fan the places beyond end after their first
 * member, so that it goes on with this many at a time.
 */
const placesMax = 256;

/** Said in one update, which takes expressions of 4 KB. A batch of messages has ten. */
const atOnceMax = 10;

export function fans(
  database: Database,
  retention: Retention,
  clock: { now(): number },
): Pick<StateStore, 'addToJoin' | 'claimMember' | 'readPlaces'> {
  const ttl = () => number(retention.expiresAt(clock.now()));

  const join = gathering(atOnceMax, async (key, members: readonly string[]) => {
    const item = await database.update(key, {
      expression: 'ADD #m :m SET #ttl = :ttl',
      values: { ':m': { SS: [...new Set(members)] }, ':ttl': ttl() },
    });
    const all = item?.['m']?.SS ?? [];
    // As if one had come after the other: one of them finds the fan complete, and not each.
    return members.map((own, at) =>
      all.filter((member) => member === own || !members.includes(member, at + 1)),
    );
  });

  const claimAlone = async (key: Key, claim: Claim) => {
    const item = await database.update(key, handingOut([claim], ttl()));
    return answer(item ?? (await database.get(key)), claim);
  };
  const claimNext = gathering(atOnceMax, async (key, claims: readonly Claim[]) => {
    if (canLeaveTogether(claims)) {
      const item = await database.update(key, handingOut(claims, ttl()));
      if (item) return claims.map((claim) => answer(item, claim));
    }
    return Promise.all(claims.map((claim) => claimAlone(key, claim)));
  });

  return {
    async addToJoin(id, { path, epoch, shard }, member) {
      return join(joinKey(id, path, shard, epoch), member);
    },

    async claimMember(id, claim) {
      const key = placesKey(id, claim.path, claim.epoch);
      if (claim.stop) {
        const stopped = await database.update(key, {
          expression: 'SET #stop = :stop, #n = if_not_exists(#n, :first), #ttl = :ttl',
          values: { ':stop': text(''), ':first': number(claim.first), ':ttl': ttl() },
        });
        return answer(stopped, claim);
      }
      if (claim.first >= claim.of || claim.place >= placesMax) return undefined;
      return claimNext(key, claim);
    },

    async readPlaces(id, path, epoch) {
      const item = await database.get(placesKey(id, path, epoch));
      return item === undefined ? undefined : readPlaces(item);
    },
  };
}

/** One place cannot be set twice in an update, and they all get a member or none does. */
function canLeaveTogether(claims: readonly Claim[]): boolean {
  const { first, of } = claims[0]!;
  const places = new Set(claims.map(({ place }) => place));
  return claims.length > 1 && places.size === claims.length && first + claims.length <= of;
}

/** Of one fan, each of another place: the members that come next, in this order. */
function handingOut(claims: readonly Claim[], ttl: AttributeValue): Update {
  const { first, of } = claims[0]!;
  const values: Item = {
    ':first': number(first),
    ':last': number(of - claims.length),
    ':count': number(claims.length),
    ':ttl': ttl,
  };
  const sets = ['#n = if_not_exists(#n, :first) + :count', '#ttl = :ttl'];
  const conditions = ['(attribute_not_exists(#n) OR #n <= :last)', 'attribute_not_exists(#stop)'];
  for (const [at, { place, after }] of claims.entries()) {
    values[`:at${at}`] = number(at);
    values[`:after${at}`] = number(after);
    sets.push(`#t${place} = if_not_exists(#n, :first) + :at${at}`, `#a${place} = :after${at}`);
    conditions.push(`(attribute_not_exists(#a${place}) OR #a${place} < :after${at})`);
  }
  return { expression: `SET ${sets.join(', ')}`, condition: conditions.join(' AND '), values };
}

/** From the item after the claim, made or refused. An answer given before a stop stays the answer. */
function answer(item: Item | undefined, { place, after }: Claim): number | 'passed' | undefined {
  const last = item?.[`a${place}`]?.N;
  if (last === undefined || Number(last) < after) return undefined;
  return Number(last) > after ? 'passed' : Number(item?.[`t${place}`]?.N);
}

function readPlaces(item: Item): Places {
  const held = Object.entries(item).flatMap(([name, value]) => {
    const place = /^t(\d+)$/.exec(name)?.[1];
    return place === undefined ? [] : [{ place: Number(place), member: Number(value.N) }];
  });
  return { next: Number(item['n']?.N), stop: item['stop'] !== undefined, held };
}
