/**
 * The key that seals what is secret, made by the first deployment: a standard SecureString of
 * Parameter Store, which costs nothing. It stays where the data stays, and goes where that goes.
 */
import { CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { NodeFunction, type NodeFunctionProps } from './node-function.ts';

interface EncryptionKeyProps
  extends Pick<NodeFunctionProps, 'bundle' | 'logRetention' | 'removal'> {
  /** Parameters below it may be read by flows. */
  readonly secretsPrefix: string | undefined;
}

export class EncryptionKey extends NodeFunction {
  /** Filled in by CloudFormation when it deploys; it shows it to nobody. */
  readonly value: string;

  constructor(scope: Construct, id: string, { secretsPrefix, ...props }: EncryptionKeyProps) {
    super(scope, id, {
      ...props,
      description: 'Baton: makes the encryption key when the stack is made',
      environment: {},
      memoryMb: 256,
      timeout: Duration.seconds(30),
    });
    const stack = Stack.of(this);
    const name = `/baton/${stack.stackName}/encryption-key`;
    if (secretsPrefix !== undefined && name.startsWith(`${secretsPrefix}/`)) {
      throw new Error(`Context "secretsPrefix" would let flows read the key ${name}.`);
    }
    const removing = props.removal === RemovalPolicy.DESTROY ? ['ssm:DeleteParameter'] : [];
    Grant.addToPrincipal({
      grantee: this.role,
      actions: ['ssm:GetParameter', 'ssm:PutParameter', ...removing],
      resourceArns: [stack.formatArn({ service: 'ssm', resource: `parameter${name}` })],
    });
    const key = new CustomResource(this, 'Key', {
      resourceType: 'Custom::EncryptionKey',
      serviceToken: this.function.functionArn,
      serviceTimeout: Duration.minutes(5),
      properties: { ParameterName: name },
      // Kept, it is never asked to be removed.
      removalPolicy: props.removal,
    });
    this.value = key.getAttString('Key');
  }
}
