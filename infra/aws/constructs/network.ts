import { Fn, Validations } from 'aws-cdk-lib';
import {
  type ISecurityGroup,
  type IVpc,
  SecurityGroup,
  Subnet,
  type SubnetSelection,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Effect, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';
import type { Config } from '../config.ts';

/** Where Lambdas run that shall reach, or be reached from, what is not on the Internet. */
export interface Network {
  readonly vpc: IVpc;
  /** Private ones, with a way to AWS' services. Absent: as CDK chooses, private ones with a way out. */
  readonly subnets?: SubnetSelection | undefined;
  /** Absent: CDK makes one for each Lambda, which lets all out and nothing in. */
  readonly securityGroups?: readonly ISecurityGroup[] | undefined;
}

/** What Lambda does with a role's rights when it gives a function its network interfaces. */
const INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** CDK's warnings of what is not known of a network that is only named. */
const UNKNOWN = [
  'Annotation::@aws-cdk/aws-ec2:vpcAttributeIsListTokenavailabilityZones',
  'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId',
];

const networks = new WeakMap<IConstruct, Network>();

/** Has all of our Lambdas that are made below a scope from now on run in a network. */
export function placeIn(network: Network, scope: Construct): void {
  networks.set(scope, network);
}

/** The network of the nearest scope that has one; `undefined`: Lambda's own. */
export function networkOf(scope: Construct): Network | undefined {
  return scope.node.scopes.map((one) => networks.get(one)).findLast((one) => one !== undefined);
}

/** The network that the settings name; nothing of it is looked up, so synthesis asks nobody. */
export function namedNetwork(scope: Construct, named: NonNullable<Config['vpc']>): Network {
  const zones = { availabilityZones: Fn.getAzs() }; // Have to be named, though the subnets are.
  for (const id of UNKNOWN)
    Validations.of(scope).acknowledge({ id, reason: 'Lambdas need neither zones nor routes.' });
  return {
    vpc: Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId: named.id, ...zones }),
    subnets: { subnets: named.subnetIds.map((id) => Subnet.fromSubnetId(scope, id, id)) },
    securityGroups: named.securityGroupIds.map((id) =>
      SecurityGroup.fromSecurityGroupId(scope, id, id, { mutable: false }),
    ),
  };
}

/**
 * Lets Lambda make network interfaces with a role, and the function's own code not: what the code
 * asks for carries the function's ARN, what Lambda itself asks for does not.
 * Source: "Giving Lambda functions access to resources in an Amazon VPC", Lambda developer guide. It
 * names no resources, as interfaces have no name before they are made.
 */
export function allowInterfaces(role: IRole): void {
  const [actions, resources] = [INTERFACE_ACTIONS, ['*']];
  role.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
  role.addToPrincipalPolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      actions,
      resources,
      conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
    }),
  );
}
