import {
  CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';

/** A stack that is there. */
export interface FoundStack {
  /** `CREATE_COMPLETE` and so on. */
  readonly status: string;
  readonly isProtected: boolean;
  readonly outputs: ReadonlyMap<string, string>;
}

/** The stacks of the account and region that credentials and configuration name. */
export interface Stacks {
  /** `undefined`: there is none of that name. */
  readonly find: (name: string) => Promise<FoundStack | undefined>;
  /** Lets a stack be taken down. */
  readonly unprotect: (name: string) => Promise<void>;
  readonly region: () => Promise<string>;
}

/** Reads the same environment, profile and configuration as the CDK CLI does; makes no call. */
export function openStacks(): Stacks {
  const client = new CloudFormationClient({});
  return {
    find: async (name) => {
      try {
        const { Stacks: found } = await client.send(new DescribeStacksCommand({ StackName: name }));
        const [stack] = found ?? [];
        if (stack === undefined || stack.StackStatus === 'DELETE_COMPLETE') return undefined;
        const outputs = (stack.Outputs ?? []).flatMap(({ OutputKey, OutputValue }) =>
          OutputKey === undefined || OutputValue === undefined
            ? []
            : [[OutputKey, OutputValue] as const],
        );
        return {
          status: stack.StackStatus ?? '',
          isProtected: stack.EnableTerminationProtection ?? false,
          outputs: new Map(outputs),
        };
      } catch (error) {
        // CloudFormation has no error of its own for it.
        const isAbsent =
          error instanceof CloudFormationServiceException &&
          error.name === 'ValidationError' &&
          error.message.includes('does not exist');
        if (isAbsent) return undefined;
        throw error;
      }
    },
    unprotect: async (name) => {
      await client.send(
        new UpdateTerminationProtectionCommand({
          StackName: name,
          EnableTerminationProtection: false,
        }),
      );
    },
    region: () => client.config.region(),
  };
}
