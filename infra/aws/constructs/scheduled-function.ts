import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LambdaInvoke, type ScheduleTargetBaseProps } from 'aws-cdk-lib/aws-scheduler-targets';

/** CDK's own target may also invoke every version of the function; this one invokes the function. */
export class FunctionTarget extends LambdaInvoke {
  private readonly handler: IFunction;

  constructor(handler: IFunction, props: ScheduleTargetBaseProps) {
    super(handler, props);
    this.handler = handler;
  }

  protected override addTargetActionToRole(role: IRole): void {
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [this.handler.functionArn],
      }),
    );
  }
}
