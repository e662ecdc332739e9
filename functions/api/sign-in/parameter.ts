import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

/** The text of a parameter of Systems Manager. Throws when there is none, or it can't be read. */
export async function parameterText(name: string): Promise<string> {
  const client = new SSMClient({});
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: name }));
    const text = Parameter?.Value;
    if (text === undefined) throw new Error(`the parameter ${name} has no value`);
    return text;
  } finally {
    client.destroy();
  }
}
