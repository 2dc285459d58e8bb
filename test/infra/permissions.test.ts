/** Who may do what: the whole of every role's own policy, as a table that a person can read. */
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { makeStacks } from './stacks.ts';

const { orchestrator, samples } = makeStacks();

/** Actions by policy, `Resource: *` and wildcard actions marked. */
function permissions(template: Template): Record<string, string[]> {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
  return Object.fromEntries(
    policies.map(([id, { Properties }]) => [
      id.replace(/(Role)?(DefaultPolicy|Policy).*/, ''),
      Properties.PolicyDocument.Statement.flatMap((statement: Statement) =>
        [statement.Action].flat().map((action) => action + (isOpen(statement) ? ' on *' : '')),
      ).sort(),
    ]),
  );
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

function isOpen({ Resource }: Statement): boolean {
  return [Resource].flat().includes('*');
}

const logs = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const records = [
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
  's3:GetObject',
  's3:ListBucket',
  's3:PutObject',
];
const send = ['iam:PassRole', 'scheduler:CreateSchedule', 'sqs:SendMessage'];
const receive = ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];

// Whether that is what they need is asked in test/functions/permissions.test.ts.
test('roles of the orchestrator', () => {
  const unique = Object.fromEntries(
    Object.entries(permissions(Template.fromStack(orchestrator))).map(([role, actions]) => [
      role,
      [...new Set(actions)],
    ]),
  );
  const worker = [...logs, 'logs:FilterLogEvents', ...records, ...send, 'ssm:GetParameters'];
  const several = ['dynamodb:BatchGetItem'];
  // Deleting files is for tasks, which run in the lanes only.
  const lane = [
    ...worker,
    ...several,
    ...receive,
    'sqs:ChangeMessageVisibility',
    's3:DeleteObject',
  ];
  const sorted = (...lists: string[][]) => [...new Set(lists.flat())].sort();
  expect(unique).toEqual({
    StepFast: sorted(lane),
    StepLong: sorted(lane),
    DeadLetter: sorted(worker, receive),
    Sweep: sorted(worker),
    Ingest: sorted(worker, several),
    EncryptionKey: sorted(logs, ['ssm:GetParameter', 'ssm:PutParameter']),
    QueuesWaits: ['sqs:SendMessage'],
    SweepSchedule: ['lambda:InvokeFunction'],
  });
});

test.each([
  ['parameter-store', 'ssm:GetParameters', 'parameter'],
  ['secrets-manager', 'secretsmanager:GetSecretValue', 'secret:'],
])('secrets of %s are read below the prefix alone', (secretsSource, action, place) => {
  const template = Template.fromStack(
    makeStacks({ secretsPrefix: '/team/keys', secretsSource }).orchestrator,
  );
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
  const statements: Statement[] = policies
    .filter(([id]) => !id.startsWith('EncryptionKey'))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
  const reading = statements.filter(({ Action }) => /^(ssm|secretsmanager):/.test(String(Action)));
  expect(reading.map(({ Action }) => Action)).toEqual(Array(5).fill(action));
  for (const { Resource } of reading) {
    expect(JSON.stringify(Resource)).toContain(`:${place}/team/keys/*"]]}`);
  }
  expect(() => makeStacks({ secretsPrefix: '/' })).toThrow('"secretsPrefix" is a path');
  expect(() => makeStacks({ secretsPrefix: '/a/*' })).toThrow('"secretsPrefix" is a path');
  expect(() => makeStacks({ secretsSource: 'vault' })).toThrow('"secretsSource" is "vault"');
});

test('pairs are deleted by flows, what waits in a queue by all, and no other item', () => {
  const policies = Object.values(
    Template.fromStack(orchestrator).findResources('AWS::IAM::Policy'),
  );
  const deleting = policies
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => [Action].flat().includes('dynamodb:DeleteItem'));
  const keys = deleting.map(
    ({ Condition }) => Condition['ForAllValues:StringLike']['dynamodb:LeadingKeys'],
  );
  const [flows, others] = [['K#*', 'Q#*'], ['Q#*']];
  expect(keys).toHaveLength(6);
  expect(keys).toContainEqual(['X#*']); // Executions, by the API.
  expect(keys).toEqual(expect.arrayContaining([flows, flows, others, others, others]));
});

const keysOf = (template: Template): unknown[] =>
  Object.values(template.findResources('AWS::Lambda::Function')).flatMap(
    ({ Properties }) => Properties.Environment?.Variables?.BATON_ENCRYPTION_KEY ?? [],
  );
/** Each of the five may render, and so open, what an execution was started with. */
const inFive = (value: unknown): unknown[] => Array.from({ length: 5 }, () => value);

test('a key of Secrets Manager is in no template, and reading it takes no permission', () => {
  const keyed = Template.fromStack(makeStacks({ encryptionKeySecret: 'baton/key' }).orchestrator);
  const { EncryptionKey: _, ...others } = permissions(Template.fromStack(orchestrator));
  expect(permissions(keyed)).toEqual(others);
  expect(keysOf(keyed)).toEqual(inFive('{{resolve:secretsmanager:baton/key:SecretString:::}}'));
  keyed.resourceCountIs('Custom::EncryptionKey', 0);
});

test.each([
  ['as in production', 'retain', 'Retain', ['Get', 'Put']],
  ['for a trial', 'destroy', 'Delete', ['Delete', 'Get', 'Put']],
])('without one the stack makes a key, which stays with the data: %s', (_, removal, stays, may) => {
  const template = Template.fromStack(makeStacks({ removal }).orchestrator);
  const [key, ...more] = Object.entries(template.findResources('Custom::EncryptionKey'));
  expect(more).toEqual([]);
  expect(key?.[1]).toMatchObject({
    DeletionPolicy: stays,
    Properties: { ParameterName: '/baton/Baton/encryption-key' },
  });
  expect(keysOf(template)).toEqual(inFive({ 'Fn::GetAtt': [key?.[0], 'Key'] }));
  const [policy] = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) =>
    id.startsWith('EncryptionKey'),
  );
  const statements: Statement[] = policy?.[1]['Properties'].PolicyDocument.Statement;
  const parameters = statements.filter(({ Action }) => String(Action).startsWith('ssm:'));
  expect(parameters.flatMap(({ Action }) => Action).toSorted()).toEqual(
    may.map((verb) => `ssm:${verb}Parameter`),
  );
  for (const { Resource } of parameters) {
    expect(JSON.stringify(Resource)).toContain(':parameter/baton/Baton/encryption-key"]]}');
  }
});

test('flows cannot be given the path of the key as that of their secrets', () => {
  expect(() => makeStacks({ secretsPrefix: '/baton' })).toThrow(
    'Context "secretsPrefix" would let flows read the key /baton/Baton/encryption-key.',
  );
  expect(() => makeStacks({ secretsPrefix: '/baton/Baton' })).toThrow('"secretsPrefix" would let');
  makeStacks({ secretsPrefix: '/baton', encryptionKeySecret: 'baton/key' });
  makeStacks({ secretsPrefix: '/baton', secretsSource: 'secrets-manager' });
});

test('flows may read items and call the sample functions, and the samples need no more', () => {
  const flow = ['dynamodb:GetItem', 'lambda:InvokeFunction', 'lambda:InvokeFunctionUrl'];
  const found = permissions(Template.fromStack(samples));
  expect(Object.keys(found).sort()).toEqual([
    'FlowRoleFast',
    'FlowRoleLong',
    'PostItem',
    'UpdateTimestamp',
  ]);
  expect(found['PostItem']).toEqual(['dynamodb:PutItem', ...logs]);
  expect(found['UpdateTimestamp']).toEqual(logs);
  for (const role of ['FlowRoleFast', 'FlowRoleLong']) {
    expect([...new Set(found[role])]).toEqual(flow);
  }
});
