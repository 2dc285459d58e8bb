/** Who may do what: the whole of every role's own policy, as a table that a person can read. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
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
  'dynamodb:BatchGetItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
  's3:GetObject',
  's3:ListBucket',
  's3:PutObject',
];
const readLogs = [
  'logs:DescribeLogGroups',
  'logs:DescribeLogStreams',
  'logs:FilterLogEvents',
  'logs:GetLogEvents',
  'logs:GetLogGroupFields',
];
const send = [
  'iam:PassRole',
  'scheduler:CreateSchedule',
  'sqs:GetQueueAttributes',
  'sqs:GetQueueUrl',
  'sqs:SendMessage',
];
const receive = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:ReceiveMessage'];

test('roles of the orchestrator', () => {
  const unique = Object.fromEntries(
    Object.entries(permissions(Template.fromStack(orchestrator))).map(([role, actions]) => [
      role,
      [...new Set(actions)],
    ]),
  );
  const worker = [...logs, ...readLogs, ...records, ...send, 'ssm:GetParameters'];
  // Deleting files is for tasks, which run in the lanes only.
  const lane = [...worker, ...receive, 's3:DeleteObject'];
  const sorted = (...lists: string[][]) => [...new Set(lists.flat())].sort();
  expect(unique).toEqual({
    StepFast: sorted(lane),
    StepLong: sorted(lane),
    DeadLetter: sorted(worker, receive),
    Sweep: sorted(worker),
    Ingest: sorted(worker, ['dynamodb:DeleteItem']),
    QueuesWaits: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'],
    SweepSchedule: ['lambda:InvokeFunction'],
  });
});

test('secrets are read below the prefix alone', () => {
  const policies = Template.fromStack(
    makeStacks({ secretsPrefix: '/team/keys' }).orchestrator,
  ).findResources('AWS::IAM::Policy');
  const statements: Statement[] = Object.values(policies)
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => Action === 'ssm:GetParameters');
  expect(statements).toHaveLength(5);
  for (const { Resource } of statements) {
    expect(JSON.stringify(Resource)).toMatch(/:parameter\/team\/keys\/\*"\]\]\}$/);
  }
  expect(() => makeStacks({ secretsPrefix: '/' })).toThrow('"secretsPrefix" is a path');
  expect(() => makeStacks({ secretsPrefix: '/a/*' })).toThrow('"secretsPrefix" is a path');
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

/** What a call needs beside, or under another name, than its own action. */
const actionsOf: Readonly<Record<string, readonly string[]>> = {
  HeadObject: ['s3:GetObject', 's3:ListBucket'],
  GetObject: ['s3:GetObject', 's3:ListBucket'],
  PutObject: ['s3:PutObject'],
  DeleteObject: ['s3:DeleteObject'],
  SendMessageBatch: ['sqs:SendMessage'],
  CreateSchedule: ['scheduler:CreateSchedule', 'iam:PassRole'],
};
const services = ['dynamodb', 's3', 'sqs', 'scheduler', 'ssm', 'iam', 'logs'];
/** Not called by our code: the event source mapping, Lambda's log and what the CDK grants with them. */
const byLambda = [
  ...logs,
  ...receive.filter((action) => action !== 'sqs:ChangeMessageVisibility'),
  'sqs:GetQueueAttributes',
  'sqs:GetQueueUrl',
  ...readLogs.filter((action) => action !== 'logs:FilterLogEvents'),
];

test('what the functions call they may do, and nothing is granted that is not called', () => {
  const folder = 'src/adapters/aws';
  const called = readdirSync(folder).flatMap((file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const service = /'@aws-sdk\/client-([a-z-]+)'/
      .exec(text)?.[1]
      ?.replace('cloudwatch-logs', 'logs');
    const names = [...text.matchAll(/new ([A-Z]\w+)Command\(/g)].map(([, name = '']) => name);
    return names.flatMap((name) => actionsOf[name] ?? [`${service}:${name}`]);
  });
  const granted = ['StepFast', 'StepLong', 'DeadLetter', 'Sweep', 'Ingest'].flatMap(
    (role) => permissions(Template.fromStack(orchestrator))[role] ?? [],
  );
  const ours = granted.filter((action) => !byLambda.includes(action));
  expect(granted.filter((action) => action.endsWith(' on *'))).toEqual([]);
  expect(granted.every((action) => services.includes(action.split(':')[0] ?? ''))).toBe(true);
  expect([...new Set(ours)].toSorted()).toEqual([...new Set(called)].toSorted());
});

test('the key for SECRET inputs is in no template, and reading it takes no permission', () => {
  const keyed = Template.fromStack(makeStacks({ encryptionKeySecret: 'baton/key' }).orchestrator);
  const plain = Template.fromStack(orchestrator);
  expect(permissions(keyed)).toEqual(permissions(plain));
  const keys = (template: Template): unknown[] =>
    Object.values(template.findResources('AWS::Lambda::Function')).flatMap(
      ({ Properties }) => Properties.Environment?.Variables?.BATON_ENCRYPTION_KEY ?? [],
    );
  // Each of the five may render, and so open, what an execution was started with.
  expect(keys(keyed)).toEqual(
    Array.from({ length: 5 }, () => '{{resolve:secretsmanager:baton/key:SecretString:::}}'),
  );
  expect(keys(plain)).toEqual([]);
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
