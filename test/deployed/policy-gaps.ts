/**
 * Policies are evaluated (that is how the test sees a permission that is missing), in a few places
 * otherwise than AWS does. Statements get what is missing there beside what they say; none is opened but
 * one, that of parameters: they are asked for by a list of names, which the emulator does not look into.
 */
export interface Policy {
  Statement: Statement[];
}

interface Statement {
  Action?: string | readonly string[];
  Resource?: unknown;
  readonly Condition?: { readonly Bool?: Readonly<Record<string, string>> };
}

export function adaptPolicy(policy: Policy | undefined): void {
  if (policy === undefined) return;
  // Queues and buckets refuse requests without TLS; the emulator's gateway speaks HTTP.
  policy.Statement = policy.Statement.filter(
    ({ Condition }) => Condition?.Bool?.['aws:SecureTransport'] === undefined,
  );
  for (const statement of policy.Statement) {
    const actions = [statement.Action ?? []].flat();
    statement.Action = [...actions, ...actions.flatMap((action) => batches[action] ?? [])];
    if (actions.includes('logs:FilterLogEvents')) addLogGroups(statement);
    if (actions.includes('scheduler:CreateSchedule')) addDefaultGroup(statement);
    if (actions.includes('ssm:GetParameters')) statement.Resource = '*';
  }
}

/** On AWS a batch needs the permission of the single operation. */
const batches: Readonly<Record<string, string>> = {
  'sqs:SendMessage': 'sqs:SendMessageBatch',
  'sqs:ChangeMessageVisibility': 'sqs:ChangeMessageVisibilityBatch',
};

/** Log groups are checked by their ARN without the `:*` that AWS wants in policies. */
function addLogGroups(statement: Statement): void {
  const given = [statement.Resource].flat() as { readonly 'Fn::GetAtt'?: readonly string[] }[];
  const plain = given.flatMap(({ 'Fn::GetAtt': attribute }) =>
    attribute === undefined ? [] : [{ 'Fn::Sub': logGroupArn(String(attribute[0])) }],
  );
  statement.Resource = [...given, ...plain];
}

function logGroupArn(logicalId: string): string {
  return `arn:aws:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:\${${logicalId}}`;
}

/** Every schedule is checked as if it were in the default group. */
function addDefaultGroup(statement: Statement): void {
  const schedules = 'arn:aws:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/default/*';
  statement.Resource = [statement.Resource, { 'Fn::Sub': schedules }].flat();
}
