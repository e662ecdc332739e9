import { createHash, randomUUID } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';
import { PARTITION_KEY } from '../../functions/store/item-keys.ts';
import { ACCOUNT, REGION } from './account.ts';
import type { Call } from './simulate.ts';

/** A call of AWS, and who made it: the access key that signed it. */
export interface Recorded extends Call {
  readonly caller: string;
}

export interface RecordedSubscription {
  readonly protocol: string;
  readonly endpoint: string;
}

/** Stands for all of AWS: hands calls of the table on to one, and answers all others as if they were done. */
export interface Recorder {
  readonly endpoint: string;
  readonly calls: () => readonly Recorded[];
  /** Who is subscribed to every topic from now on. */
  readonly setSubscriptions: (all: readonly RecordedSubscription[]) => void;
  /** What every parameter of Systems Manager has in it from now on. */
  readonly setParameter: (value: string) => void;
  readonly close: () => void;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

interface Service {
  readonly calls: (request: Request, operation: string) => readonly Call[];
  readonly answer: (request: Request, operation: string) => Reply | Promise<Reply>;
}

/** `tableEndpoint`: a table that speaks DynamoDB's protocol. Topics named `gone` are not there. */
export async function startRecorder(tableEndpoint: string): Promise<Recorder> {
  const recorded: Recorded[] = [];
  let parameter = '';
  let subscriptions: readonly RecordedSubscription[] = [];
  const services = servicesOf(
    tableEndpoint,
    () => parameter,
    () => subscriptions,
  );
  async function serve(request: Request): Promise<Reply> {
    const scope = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(
      request.headers.authorization ?? '',
    );
    const [, caller = '', name = ''] = scope ?? [];
    const service = services[name];
    if (service === undefined) throw new Error(`nothing is known of the service "${name}": add it`);
    const operation = String(request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
    for (const call of service.calls(request, operation)) recorded.push({ ...call, caller });
    return service.answer(request, operation);
  }
  const server = createServer((incoming, response) => {
    void textOf(incoming)
      .then((body) =>
        serve({
          method: incoming.method ?? '',
          path: incoming.url ?? '',
          headers: incoming.headers,
          body,
        }),
      )
      // What is not understood must not pass for a call that was never made.
      .catch((error: unknown): Reply => {
        recorded.push({ caller: 'recorder', action: String(error), resource: '' });
        return { status: 400, contentType: 'text/plain', body: String(error) };
      })
      .then(({ status, contentType, body }) => {
        response.writeHead(status, { 'content-type': contentType });
        response.end(body);
      });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls: () => recorded,
    setSubscriptions: (all) => {
      subscriptions = all;
    },
    setParameter: (value) => {
      parameter = value;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const here = (service: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:`;
const json = (value: unknown): Reply => ({
  status: 200,
  contentType: 'application/x-amz-json-1.0',
  body: JSON.stringify(value),
});

function servicesOf(
  tableEndpoint: string,
  parameter: () => string,
  subscriptions: () => readonly RecordedSubscription[],
): Readonly<Record<string, Service>> {
  return {
    dynamodb: {
      calls: ({ body }, operation) => [tableCall(operation, JSON.parse(body))],
      answer: (request) => forward(tableEndpoint, request),
    },
    sns: {
      calls: ({ body }) => {
        const form = new URLSearchParams(body);
        // A phone number is no ARN; AWS looks for it among resources as it is.
        const to = form.get('TopicArn') ?? form.get('TargetArn') ?? form.get('PhoneNumber') ?? '';
        const action = `sns:${form.get('Action')}`;
        // It has no resource that a policy could name.
        if (action === 'sns:Unsubscribe') return [{ action, resource: '*' }];
        const protocol = form.get('Protocol');
        const context = protocol === null ? {} : { context: { 'sns:Protocol': protocol } };
        return [{ action, resource: to, ...context }];
      },
      answer: ({ body }) => {
        const form = new URLSearchParams(body);
        if (form.get('TopicArn')?.endsWith(':gone') === true)
          return xml(404, '<ErrorResponse><Error><Code>NotFound</Code></Error></ErrorResponse>');
        return xml(200, snsAnswer(form, subscriptions()));
      },
    },
    sqs: {
      calls: ({ body }, operation) => {
        const { QueueUrl } = v.parse(v.looseObject({ QueueUrl: v.string() }), JSON.parse(body));
        const name = QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1);
        return [{ action: `sqs:${operation}`, resource: `${here('sqs')}${name}` }];
      },
      answer: ({ body }) => {
        const letter = v.parse(v.looseObject({ MessageBody: v.string() }), JSON.parse(body));
        const MD5OfMessageBody = createHash('md5').update(letter.MessageBody).digest('hex');
        return json({ MessageId: randomUUID(), MD5OfMessageBody });
      },
    },
    lambda: {
      calls: ({ path }) => {
        const name = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(path)?.[1];
        if (name === undefined) throw new Error(`nothing is known of Lambda's ${path}`);
        return [{ action: 'lambda:InvokeFunction', resource: `${here('lambda')}function:${name}` }];
      },
      answer: () => json({ statusCode: 200, headers: {}, body: '' }),
    },
    ssm: {
      calls: ({ body }, operation) => {
        const { Name } = v.parse(v.looseObject({ Name: v.string() }), JSON.parse(body));
        const resource = `${here('ssm')}parameter/${Name.replace(/^\//, '')}`;
        return [{ action: `ssm:${operation}`, resource }];
      },
      answer: ({ body }) => {
        const { Name } = v.parse(v.looseObject({ Name: v.string() }), JSON.parse(body));
        return json({ Parameter: { Name, Type: 'String', Value: parameter(), Version: 1 } });
      },
    },
  };
}

function snsAnswer(form: URLSearchParams, all: readonly RecordedSubscription[]): string {
  const action = form.get('Action') ?? '';
  const arn = `${form.get('TopicArn')}:00000000-0000-0000-0000-000000000000`;
  const members = all.map(
    ({ protocol, endpoint }) =>
      `<member><SubscriptionArn>${arn}</SubscriptionArn><Protocol>${protocol}</Protocol><Endpoint>${endpoint}</Endpoint></member>`,
  );
  const results: Readonly<Record<string, string>> = {
    Publish: `<MessageId>${randomUUID()}</MessageId>`,
    Subscribe: '<SubscriptionArn>pending confirmation</SubscriptionArn>',
    ListSubscriptionsByTopic: `<Subscriptions>${members.join('')}</Subscriptions>`,
  };
  return `<${action}Response><${action}Result>${results[action] ?? ''}</${action}Result></${action}Response>`;
}

const Attribute = v.looseObject({ S: v.string() });
const Item = v.looseObject({ [PARTITION_KEY]: Attribute });
const ItemCall = v.looseObject({
  TableName: v.string(),
  Key: v.optional(Item),
  Item: v.optional(Item),
  KeyConditionExpression: v.optional(v.string()),
  ExpressionAttributeValues: v.optional(v.record(v.string(), v.unknown()), {}),
});
const BatchGet = v.looseObject({
  RequestItems: v.record(v.string(), v.looseObject({ Keys: v.array(Item) })),
});

/** With the partition keys that it names, as IAM sees them. */
function tableCall(operation: string, body: unknown): Call {
  const action = `dynamodb:${operation}`;
  const callOf = (table: string, keys: readonly string[]): Call => ({
    action,
    resource: `${here('dynamodb')}table/${table}`,
    context: { 'dynamodb:LeadingKeys': [...new Set(keys)] },
  });
  if (operation === 'BatchGetItem') {
    const [first, ...rest] = Object.entries(v.parse(BatchGet, body).RequestItems);
    if (first === undefined || rest.length > 0) throw new Error('a batch of not one table');
    return callOf(
      first[0],
      first[1].Keys.map((key) => key[PARTITION_KEY].S),
    );
  }
  const call = v.parse(ItemCall, body);
  const item = call.Key ?? call.Item;
  if (item !== undefined) return callOf(call.TableName, [item[PARTITION_KEY].S]);
  const [, name = ''] =
    new RegExp(`^${PARTITION_KEY} = (:\\w+)`).exec(call.KeyConditionExpression ?? '') ?? [];
  const { S } = v.parse(Attribute, call.ExpressionAttributeValues[name]);
  return callOf(call.TableName, [S]);
}

function xml(status: number, body: string): Reply {
  return { status, contentType: 'text/xml', body };
}

function forward(endpoint: string, { headers, body }: Request): Promise<Reply> {
  const { host: _, 'accept-encoding': __, ...rest } = headers;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(endpoint, { method: 'POST', headers: rest }, (answer) => {
      textOf(answer).then(
        (text) =>
          resolve({
            status: answer.statusCode ?? 0,
            contentType: answer.headers['content-type'] ?? '',
            body: text,
          }),
        reject,
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function textOf(stream: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}
