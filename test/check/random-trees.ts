/** Random flows of nested groups, loops and handlers whose tasks read each other's outputs. */
import fc from 'fast-check';

interface Tree {
  readonly kind: 'give' | 'Sequential' | 'Parallel' | 'ForEach' | 'If';
  readonly tasks: readonly Tree[];
  readonly errors: readonly Tree[];
  readonly fails: boolean;
  readonly allowFailure: boolean;
  readonly isFixed: boolean;
  /** Picks what the task reads, and how. */
  readonly reads: number;
}

const leaf = fc.record({
  kind: fc.constant('give' as const),
  tasks: fc.constant([]),
  errors: fc.constant([]),
  fails: fc.boolean().map((one) => one),
  allowFailure: fc.boolean(),
  isFixed: fc.boolean(),
  reads: fc.nat(10_000),
});

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    { weight: 3, arbitrary: leaf },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom<Tree['kind']>('Sequential', 'Parallel', 'ForEach', 'If'),
        tasks: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
        errors: fc.array(tie('tree'), { maxLength: 1 }),
        fails: fc.constant(false),
        allowFailure: fc.boolean(),
        isFixed: fc.boolean(),
        reads: fc.nat(10_000),
      }),
    },
  ),
}));

export const randomTree: fc.Arbitrary<string> = fc
  .record({
    tasks: fc.array(tree, { minLength: 2, maxLength: 4 }),
    errors: fc.array(tree, { maxLength: 1 }),
    finally: fc.array(tree, { maxLength: 1 }),
  })
  .map((branches) => {
    const ids = new Map<Tree, string>();
    for (const list of [branches.tasks, branches.errors, branches.finally]) name(list, ids);
    const flow = {
      id: 'tree',
      namespace: 'check',
      ...mapValues(branches, (list) => write(list, ids)),
    };
    return JSON.stringify(flow);
  });

/** The same value may stand in several places of what fast-check makes, so each gets a copy. */
function name(trees: readonly Tree[], ids: Map<Tree, string>): void {
  for (const one of trees) {
    ids.set(one, `t${ids.size}`);
    name(one.tasks, ids);
    name(one.errors, ids);
  }
}

const forms = [
  (id: string) => `{{ outputs.${id}.value }}`,
  (id: string) => `{{ outputs.${id}[taskrun.value].value }}`,
  (id: string) => `{{ outputs.${id}['1'].value }}`,
  (id: string) => `{{ outputs.${id}.value ?? 'none' }}`,
  (id: string) => `{{ outputs.${id}['1']['1'].value }}`,
  () => '{{ taskrun.value }}',
  () => '{{ parent.taskrun.value }}',
  () => 'nothing',
];

function write(trees: readonly Tree[], ids: ReadonlyMap<Tree, string>): unknown[] {
  return trees.map((one) => {
    const id = ids.get(one) ?? 'none';
    const other = `t${one.reads % Math.max(1, ids.size)}`;
    const form = forms[Math.floor(one.reads / 100) % forms.length] ?? (() => 'x');
    const common = { id, ...(one.allowFailure && one.kind !== 'give' && { allowFailure: true }) };
    if (one.kind === 'give') {
      const fails = one.fails && one.reads % 3 === 0;
      const type = fails
        ? 'io.kestra.plugin.core.execution.Fail'
        : 'io.kestra.plugin.core.debug.Return';
      return { ...common, type, ...(!fails && { format: form(other) }) };
    }
    return {
      ...common,
      type: `io.kestra.plugin.core.flow.${one.kind}`,
      ...(one.kind === 'ForEach' && {
        values: one.isFixed ? ['1', 'value'] : "{{ ['1', '2'] }}",
      }),
      // All at once the outcome is a matter of chance.
      ...(one.kind === 'Parallel' && { concurrent: 1 }),
      ...branches(one, write(one.tasks, ids), write(one.errors, ids)),
    };
  });
}

function branches(
  { kind, isFixed }: Tree,
  tasks: readonly unknown[],
  others: readonly unknown[],
): Record<string, unknown> {
  if (kind !== 'If') return { tasks, ...(others.length > 0 && { errors: others }) };
  const condition = isFixed ? 'true' : '{{ 1 == 2 }}';
  const lists = [['then', tasks], ...(others.length > 0 ? [['else', others]] : [])];
  return { condition, ...Object.fromEntries(lists) };
}

function mapValues<T, R>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
