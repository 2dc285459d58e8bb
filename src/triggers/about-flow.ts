/**
 * Conditions on the flow that an execution is of. By themselves, because every end of an execution asks
 * whether somebody may listen to it, and the others are loaded where somebody does.
 */
import type { Condition } from '../engine/trigger.ts';

export interface FlowName {
  readonly namespace: string;
  readonly flowId: string;
}

/** False: they cannot hold for any execution of this flow, whatever it comes to. */
export function mayHold(conditions: readonly Condition[], of: FlowName): boolean {
  return conditions.every((condition) => {
    if (condition.type === 'and') return mayHold(condition.conditions, of);
    return isAboutFlow(condition) ? holdsForFlow(condition, of) : true;
  });
}

type AboutFlow = Extract<Condition, { type: 'flow' | 'namespace' }>;

function isAboutFlow(condition: Condition): condition is AboutFlow {
  return condition.type === 'flow' || condition.type === 'namespace';
}

export function holdsForFlow(condition: AboutFlow, of: FlowName): boolean {
  if (condition.type === 'flow') {
    const { namespace = of.namespace, flowId = of.flowId } = condition;
    return namespace === of.namespace && flowId === of.flowId;
  }
  const { namespace, comparison } = condition;
  if (comparison === 'PREFIX') return of.namespace.startsWith(namespace);
  if (comparison === 'SUFFIX') return of.namespace.endsWith(namespace);
  return of.namespace === namespace;
}
