import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * What bundles have in place of the SDK's chain of credential providers: in a Lambda they are in the
 * environment, and the code for profiles, single sign-on and EC2 would be a quarter of the bundle.
 */
export const defaultProvider = fromEnv;
