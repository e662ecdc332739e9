import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { allowInterfaces, type Network, networkOf } from './network.ts';

interface NodeFunctionProps {
  readonly description: string;
  readonly code: Code;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly timeout: Duration;
  readonly config: Pick<Config, 'name' | 'logRetentionDays' | 'logLevel' | 'tracing'>;
  readonly concurrencyMax?: number | undefined;
}

/**
 * A Lambda the way all of ours are: Node 24 on arm64 (a fifth cheaper than x86 for the same work),
 * JSON logs in a group of its own that ends with the stack, a role that may write there and nothing
 * else, and in the network that its scope has been placed in.
 */
export class NodeFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    const { name, logRetentionDays, logLevel, tracing } = props.config;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(role);
    const network = networkOf(scope);
    super(scope, id, {
      description: props.description,
      code: props.code,
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      environment: { DEPLOYMENT: name, ...props.environment },
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      // Lambda's START, END and REPORT lines for each call would cost more than the call.
      systemLogLevelV2: SystemLogLevel.WARN,
      applicationLogLevelV2: logLevel,
      ...(tracing ? { tracing: Tracing.ACTIVE } : {}),
      ...(props.concurrencyMax === undefined
        ? {}
        : { reservedConcurrentExecutions: props.concurrencyMax }),
      ...(network === undefined ? {} : networkProps(network)),
    });
    if (network !== undefined) this.allowInterfaces(role);
    if (tracing) this.acknowledgeTraces(role);
  }

  private allowInterfaces(role: Role): void {
    allowInterfaces(role);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'Lambda makes network interfaces with this role, which have no name before; what the code itself asks for is denied.',
    });
  }

  private acknowledgeTraces(role: Role): void {
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Lambda sends traces with this role (two actions of X-Ray); traces have no ARN.',
    });
  }
}

function networkProps({ vpc, subnets, securityGroups }: Network) {
  return {
    vpc,
    ...(subnets === undefined ? {} : { vpcSubnets: subnets }),
    ...(securityGroups === undefined ? {} : { securityGroups: [...securityGroups] }),
  };
}
