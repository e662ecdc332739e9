import {
  CognitoIdentityProviderClient,
  DeleteUserPoolCommand,
  DescribeUserPoolCommand,
  ResourceNotFoundException,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';

export interface FoundUserPool {
  readonly isProtected: boolean;
}

/** `undefined`: there is no such pool. */
export async function findUserPool(id: string): Promise<FoundUserPool | undefined> {
  try {
    const { UserPool } = await new CognitoIdentityProviderClient({}).send(
      new DescribeUserPoolCommand({ UserPoolId: id }),
    );
    return { isProtected: UserPool?.DeletionProtection === 'ACTIVE' };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Deletes a pool and everybody in it. */
export async function deleteUserPool(id: string, { isProtected }: FoundUserPool): Promise<void> {
  const client = new CognitoIdentityProviderClient({});
  // What else of the pool this sets back does not matter any more.
  if (isProtected)
    await client.send(
      new UpdateUserPoolCommand({ UserPoolId: id, DeletionProtection: 'INACTIVE' }),
    );
  await client.send(new DeleteUserPoolCommand({ UserPoolId: id }));
}
