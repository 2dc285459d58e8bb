/**
 * What the person who deploys may choose, given as CDK context (`cdk deploy -c removal=destroy`).
 * The defaults are those of production; a value that is not known stops the synthesis.
 */
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';

type SecretsSource = 'parameter-store' | 'secrets-manager';

export interface Options {
  /**
   * `removal=retain` (default): table, bucket and logs outlive the stack, and the table refuses to
   * be deleted. `removal=destroy`: `cdk destroy` leaves nothing, for trials and tests.
   */
  readonly removal: RemovalPolicy.RETAIN | RemovalPolicy.DESTROY;
  /**
   * `urlAuth=AWS_IAM` (default): callers sign their requests. `urlAuth=NONE` opens the Function URLs
   * to everyone who knows them; it exists for emulators whose callers cannot sign.
   */
  readonly urlAuth: FunctionUrlAuthType;
  /**
   * `encryptionKeySecret=baton/key`: name of a Secrets Manager secret that holds the key that seals
   * what is secret, base64 of 16, 24 or 32 bytes. Without it the stack makes a key of its own.
   */
  readonly encryptionKeySecret: string | undefined;
  /**
   * `secretsPrefix=/baton/secrets` (default): where `secret()` finds `<namespace>/<NAME>`. The
   * functions may read what is below it, and nothing else of the source.
   */
  readonly secretsPrefix: string;
  /** `secretsSource=parameter-store` (default): SSM Parameter Store; or `secrets-manager`. */
  readonly secretsSource: SecretsSource;
  /**
   * `flowRoleArn=arn:…`: a role that flows have in AWS in place of the step functions' own. Without
   * it what flows may do is granted to the roles of the lanes.
   */
  readonly flowRoleArn: string | undefined;
  /**
   * `accessParameter=/baton/access`: the parameter of Parameter Store that says who may do what in
   * which namespaces (src/api/policy.ts). Without it whoever may call the URL may do everything.
   */
  readonly accessParameter: string | undefined;
  /**
   * `allowUnsigned=none` (default): ingest answers signed requests only, whatever `urlAuth` is.
   * `webhooks`: also requests to webhooks. `all`: for emulators whose callers cannot sign.
   */
  readonly allowUnsigned: string;
  /**
   * `allowedNetworks=private,10.1.0.0/16`: networks beside the public internet that requests of flows
   * may go to. None without it.
   */
  readonly allowedNetworks: string;
  /** `alarmTopicArn=arn:…`: an SNS topic that hears of every alarm. */
  readonly alarmTopicArn: string | undefined;
  /** How long records and large values of an execution are kept after they were written. */
  readonly retentionDays: number;
  /** Logs cost by the gigabyte written and again by the month kept: one month is the default. */
  readonly logRetention: RetentionDays;
}

export function readOptions(node: Node): Options {
  return {
    removal: choose(node, 'removal', 'retain', {
      retain: RemovalPolicy.RETAIN,
      destroy: RemovalPolicy.DESTROY,
    }),
    urlAuth: choose(node, 'urlAuth', 'AWS_IAM', {
      AWS_IAM: FunctionUrlAuthType.AWS_IAM,
      NONE: FunctionUrlAuthType.NONE,
    }),
    encryptionKeySecret: node.tryGetContext('encryptionKeySecret'),
    secretsPrefix: readPath(node, 'secretsPrefix', '/baton/secrets'),
    secretsSource: choose<SecretsSource>(node, 'secretsSource', 'parameter-store', {
      'parameter-store': 'parameter-store',
      'secrets-manager': 'secrets-manager',
    }),
    flowRoleArn: node.tryGetContext('flowRoleArn'),
    accessParameter:
      node.tryGetContext('accessParameter') === undefined
        ? undefined
        : readPath(node, 'accessParameter', '/baton/access'),
    allowUnsigned: choose(node, 'allowUnsigned', 'none', {
      none: 'none',
      webhooks: 'webhooks',
      all: 'all',
    }),
    allowedNetworks: String(node.tryGetContext('allowedNetworks') ?? ''),
    alarmTopicArn: node.tryGetContext('alarmTopicArn'),
    retentionDays: readDays(node, 'retentionDays', 90),
    logRetention: choose(node, 'logRetentionDays', '30', {
      '7': RetentionDays.ONE_WEEK,
      '30': RetentionDays.ONE_MONTH,
      '90': RetentionDays.THREE_MONTHS,
      '365': RetentionDays.ONE_YEAR,
    }),
  };
}

function choose<T>(
  node: Node,
  name: string,
  fallback: string,
  choices: Readonly<Record<string, T>>,
): T {
  const value = String(node.tryGetContext(name) ?? fallback);
  if (!Object.hasOwn(choices, value)) {
    const known = Object.keys(choices).join(', ');
    throw new Error(`Context "${name}" is "${value}"; it may be ${known}.`);
  }
  return choices[value] as T;
}

function readPath(node: Node, name: string, fallback: string): string {
  const path = String(node.tryGetContext(name) ?? fallback);
  if (!/^(\/[a-zA-Z0-9_.-]+)+$/.test(path)) {
    throw new Error(`Context "${name}" is a path such as ${fallback}.`);
  }
  return path;
}

function readDays(node: Node, name: string, fallback: number): number {
  const days = Number(node.tryGetContext(name) ?? fallback);
  if (!Number.isInteger(days) || days < 1) {
    throw new Error(`Context "${name}" is a whole number of days, at least 1.`);
  }
  return days;
}
