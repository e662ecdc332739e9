import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../infra/aws/config.ts';
import { Hypervigil } from '../../infra/aws/hypervigil.ts';
import { newApp } from '../../infra/aws/hypervigil-app.ts';
import { synthesized } from './synthesized.ts';

const VPC = {
  id: 'vpc-0a1b2c3d4e5f60718',
  subnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'],
  securityGroupIds: ['sg-0a1b2c3d'],
};

describe('a VPC', () => {
  it('is none unless the settings name one', () => {
    synthesized().allResourcesProperties('AWS::Lambda::Function', { VpcConfig: Match.absent() });
  });

  it('is where every Lambda runs, and nothing of it is looked up or made', () => {
    const template = synthesized({ vpc: VPC });
    template.allResourcesProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: VPC.subnetIds, SecurityGroupIds: VPC.securityGroupIds },
    });
    template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
  });

  it('gives each role what Lambda needs for network interfaces, and the code in it nothing', () => {
    const template = synthesized({ vpc: VPC });
    const handlers = Object.keys(template.findResources('AWS::Lambda::Function'));
    const Action = Match.arrayWith(['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface']);
    template.resourcePropertiesCountIs(
      'AWS::IAM::Policy',
      {
        PolicyDocument: {
          Statement: Match.arrayWith([
            { Effect: 'Allow', Action, Resource: '*' },
            {
              Effect: 'Deny',
              Action,
              Resource: '*',
              // What code asks for names its function; what Lambda asks for does not.
              Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } },
            },
          ]),
        },
      },
      handlers.length,
    );
  });

  it('may be one of an app of your own', () => {
    const stack = new Stack(
      newApp({ context: { '@aws-cdk/core:validateAgainstDefaultRules': false } }),
      'Ours',
    );
    const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: VPC.id,
      availabilityZones: ['us-east-1a', 'us-east-1b'],
      isolatedSubnetIds: VPC.subnetIds,
    });
    const config = readConfig({});
    if (!config.ok) throw new Error(config.error);
    const network = { vpc, subnets: { subnetType: SubnetType.PRIVATE_ISOLATED } };
    const code = () => Code.fromInline('exports');
    new Hypervigil(stack, 'Monitor', { config: config.value, code, network });
    const functions = Template.fromStack(stack).findResources('AWS::Lambda::Function', {
      Properties: { Handler: 'index.handler', VpcConfig: { SubnetIds: VPC.subnetIds } },
    });
    expect(Object.keys(functions).filter((id) => id.startsWith('Monitor'))).toHaveLength(7);
  });
});
