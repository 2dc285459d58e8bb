/** The promises of `StateStore`, for every back end. One store is opened for the whole suite. */
import { afterAll, beforeAll } from 'vitest';
import type { StateStore } from '../../src/engine/ports.ts';
import { describePromises, type Deviations } from './promises.ts';
import { claimPromises } from './store/claims.ts';
import { executionPromises } from './store/executions.ts';
import { flowPromises } from './store/flows.ts';
import { haltedPromises } from './store/halted.ts';
import { joinPromises } from './store/joins.ts';
import { listPromises } from './store/lists.ts';
import { placePromises } from './store/places.ts';
import { slotPromises } from './store/slots.ts';
import { triggerPromises } from './store/triggers.ts';

export interface StateStoreUnderTest {
  readonly store: StateStore;
  close(): Promise<void>;
}

export function describeStateStore(
  name: string,
  open: () => Promise<StateStoreUnderTest>,
  deviations: Deviations = {},
): void {
  describePromises(`${name}: state store`, deviations, (promise) => {
    let opened: StateStoreUnderTest | undefined;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => opened?.close(), 60_000);

    const store = (): StateStore => {
      if (opened === undefined) throw new Error('the store is not open');
      return opened.store;
    };
    executionPromises(promise, store);
    slotPromises(promise, store);
    joinPromises(promise, store);
    claimPromises(promise, store);
    flowPromises(promise, store);
    placePromises(promise, store);
    listPromises(promise, store);
    haltedPromises(promise, store);
    triggerPromises(promise, store);
  });
}
