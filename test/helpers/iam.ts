/**
 * What the roles of the stack allow, read from the synthesised template, and what a call of an SDK
 * client needs: enough of IAM to refuse in a test what AWS would refuse.
 */
import type { Template } from 'aws-cdk-lib/assertions';

const account = '000000000000';
const region = 'us-east-1';

export interface Need {
  readonly action: string;
  readonly resource: string;
  /** Partition keys, where the action has some. */
  readonly leadingKeys?: readonly string[];
}

interface Permission {
  readonly action: string;
  readonly resource: string;
  readonly leadingKeys?: readonly string[];
}

export type Roles = Readonly<Record<string, readonly Permission[]>>;

/** Physical names by what their logical ids begin with; those of `emulators.ts` where it has them. */
const names: Readonly<Record<string, string>> = {
  StorageTable: `arn:aws:dynamodb:${region}:${account}:table/baton`,
  StorageValues: 'arn:aws:s3:::baton-blobs',
  QueuesFast: `arn:aws:sqs:${region}:${account}:baton-fast`,
  QueuesLong: `arn:aws:sqs:${region}:${account}:baton-long`,
  QueuesDeadLetters: `arn:aws:sqs:${region}:${account}:baton-dead-letters`,
  QueuesWaitsRole: `arn:aws:iam::${account}:role/baton-schedules`,
  StepFastLogs: `arn:aws:logs:${region}:${account}:log-group:/baton/fast:*`,
  StepLongLogs: `arn:aws:logs:${region}:${account}:log-group:/baton/long:*`,
  DeadLetterLogs: `arn:aws:logs:${region}:${account}:log-group:/baton/dead-letter:*`,
};
const pseudo: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::AccountId': account,
};

/** Permissions by role, one for each action and resource. */
export function rolesOf(template: Template): Roles {
  const roles: Record<string, Permission[]> = {};
  for (const [id, { Properties }] of Object.entries(template.findResources('AWS::IAM::Policy'))) {
    const role = id.replace(/(Role)?(DefaultPolicy|Policy).*/, '');
    for (const statement of Properties.PolicyDocument.Statement as Statement[]) {
      (roles[role] ??= []).push(...permissionsOf(statement));
    }
  }
  return roles;
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

function permissionsOf({ Effect, Action, Resource, Condition }: Statement): Permission[] {
  if (Effect !== 'Allow') throw new Error(`Who denies? ${JSON.stringify(Action)}`);
  const leadingKeys = Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'];
  return [Action].flat().flatMap((action: string) =>
    [Resource].flat().map((resource) => ({
      action,
      resource: textOf(resource),
      ...(leadingKeys && { leadingKeys }),
    })),
  );
}

type Intrinsic =
  | string
  | { readonly Ref: string }
  | { readonly 'Fn::GetAtt': readonly [string, string] }
  | { readonly 'Fn::Join': readonly [string, readonly unknown[]] };

function textOf(value: unknown): string {
  const given = value as Intrinsic;
  if (typeof given === 'string') return given.replace(/schedule\/[^/]+\//, 'schedule/baton/');
  if ('Fn::Join' in given) {
    const [separator, parts] = given['Fn::Join'];
    return parts.map(textOf).join(separator);
  }
  if ('Ref' in given) return pseudo[given.Ref] ?? given.Ref;
  const [id] = given['Fn::GetAtt'];
  return names[id.replace(/[0-9A-F]{8}$/, '')] ?? id;
}

export function isAllowed(permissions: readonly Permission[], need: Need): boolean {
  return permissions.some((permission) => allows(permission, need));
}

export function allows(permission: Permission, need: Need): boolean {
  if (permission.action !== need.action || !matches(permission.resource, need.resource))
    return false;
  const { leadingKeys } = permission;
  if (leadingKeys === undefined) return true;
  return (need.leadingKeys ?? []).every((key) => leadingKeys.some((one) => matches(one, key)));
}

function matches(pattern: string, text: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  return text.startsWith(start) && text.endsWith(rest.at(-1) ?? '');
}

/** Most of what is read here is text; what is not is said so. */
type Input = Readonly<Record<string, string>>;

/** What a call of a client needs, by the name of its command. */
export function needsOf(
  command: string,
  input: Readonly<Record<string, unknown>>,
): readonly Need[] {
  const needs = table[command.replace(/Command$/, '')];
  if (needs === undefined)
    throw new Error(`What does ${command} need? Say it in ${import.meta.url}`);
  return needs(input as Input);
}

const item = (action: string) => (input: Input) => [
  {
    action: `dynamodb:${action}`,
    resource: tableArn(input['TableName'] ?? '', input['IndexName']),
    leadingKeys: keysOf(input),
  },
];
const object =
  (...actions: readonly string[]) =>
  ({ Bucket, Key }: Input) =>
    actions.map((action) => ({
      action: `s3:${action}`,
      // Listing is asked for so that what is missing is called missing, and not forbidden.
      resource: `arn:aws:s3:::${Bucket}${action === 'ListBucket' ? '' : `/${Key}`}`,
    }));
const message = (action: string) => (input: Input) => [
  {
    action: `sqs:${action}`,
    resource: `arn:aws:sqs:${region}:${account}:${String(input['QueueUrl']).split('/').at(-1)}`,
  },
];
const named = (service: string, action: string, resource: string) => ({
  action: `${service}:${action}`,
  resource: `arn:aws:${service}:${region}:${account}:${resource}`,
});
const parameter = (action: string) => (input: Input) => [
  named('ssm', action, `parameter${input['Name']}`),
];

const table: Readonly<Record<string, (input: Input) => readonly Need[]>> = {
  GetItem: item('GetItem'),
  PutItem: item('PutItem'),
  UpdateItem: item('UpdateItem'),
  DeleteItem: item('DeleteItem'),
  Query: item('Query'),
  BatchGetItem: ({ RequestItems }) =>
    Object.keys((RequestItems as unknown) ?? {}).map((name) => ({
      action: 'dynamodb:BatchGetItem',
      resource: tableArn(name),
    })),
  GetObject: object('GetObject', 'ListBucket'),
  HeadObject: object('GetObject', 'ListBucket'),
  PutObject: object('PutObject'),
  DeleteObject: object('DeleteObject'),
  SendMessage: message('SendMessage'),
  SendMessageBatch: message('SendMessage'),
  ChangeMessageVisibility: message('ChangeMessageVisibility'),
  CreateSchedule: ({ GroupName, Name, Target }) => [
    named('scheduler', 'CreateSchedule', `schedule/${GroupName}/${Name}`),
    { action: 'iam:PassRole', resource: (Target as unknown as { RoleArn: string }).RoleArn },
  ],
  GetParameter: parameter('GetParameter'),
  PutParameter: parameter('PutParameter'),
  DeleteParameter: parameter('DeleteParameter'),
  GetParameters: ({ Names }) =>
    (Names as unknown as string[]).map((name) => named('ssm', 'GetParameters', `parameter${name}`)),
  // The service adds a dash and six characters to the name.
  GetSecretValue: ({ SecretId }) => [
    named('secretsmanager', 'GetSecretValue', `secret:${SecretId}-AbCdEf`),
  ],
  FilterLogEvents: ({ logGroupName }) => [
    named('logs', 'FilterLogEvents', `log-group:${logGroupName}:*`),
  ],
};

function tableArn(name: string, index?: string): string {
  const arn = `arn:aws:dynamodb:${region}:${account}:table/${name}`;
  return index === undefined ? arn : `${arn}/index/${index}`;
}

function keysOf({ Key, Item }: Input): readonly string[] {
  const key = (Key ?? Item) as unknown as { readonly pk?: { readonly S?: string } } | undefined;
  return key?.pk?.S === undefined ? [] : [key.pk.S];
}
