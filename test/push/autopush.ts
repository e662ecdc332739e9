import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PushService } from './push-service.ts';
import { acceptSocket, type TextSocket } from './web-socket.ts';

/** What Firefox said it did with a message: 100 handed to the site's worker, 101 not decrypted, 102 not delivered. */
export interface Acknowledgement {
  readonly version: string;
  readonly code: number;
}

/** Mozilla's push service, as Firefox talks to it. */
export interface Autopush {
  /** Firefox' `dom.push.serverURL`. */
  readonly url: string;
  /** The next that Firefox says of a message; those that nobody waited for are kept. */
  readonly nextAcknowledgement: () => Promise<Acknowledgement>;
  readonly close: () => Promise<void>;
}

interface Said {
  readonly messageType?: string;
  readonly channelID?: string;
  /** Of the server that may push, as the page subscribed with it. */
  readonly key?: string;
  readonly updates?: readonly Acknowledgement[];
}

/**
 * Lets Firefox subscribe at a push service, and hands on what servers push there, still encrypted.
 * Source: mozilla-services.github.io/autopush-rs, "Push Service WebSocket"
 */
export async function startAutopush(push: PushService): Promise<Autopush> {
  const acknowledgements: Acknowledgement[] = [];
  const waiting: ((one: Acknowledgement) => void)[] = [];
  const sockets = new Set<TextSocket>();
  const acknowledged = (one: Acknowledgement) => {
    const next = waiting.shift();
    if (next === undefined) acknowledgements.push(one);
    else next(one);
  };
  const answer = (said: Said, send: (what: object) => void) => {
    const { messageType, channelID = '', key = '', updates = [] } = said;
    if (messageType === undefined) send({});
    else if (messageType === 'hello')
      send({ messageType, uaid: randomBytes(16).toString('hex'), status: 200, use_webpush: true });
    else if (messageType === 'register') {
      // It comes padded.
      const publicKey = key.replace(/=+$/, '');
      const pushEndpoint = push.addRelay(channelID, publicKey, (body) =>
        send({
          messageType: 'notification',
          channelID,
          version: randomUUID(),
          data: body.toString('base64url'),
          headers: { encoding: 'aes128gcm' },
        }),
      );
      send({ messageType, channelID, status: 200, pushEndpoint });
    } else if (messageType === 'unregister') {
      push.removeRelay(channelID);
      send({ messageType, channelID, status: 200 });
    } else if (messageType === 'ack') updates.forEach(acknowledged);
  };
  const server = createServer((_, response) => response.writeHead(426).end());
  server.on('upgrade', (request, stream) => {
    const socket = acceptSocket(request, stream, (text) =>
      answer(JSON.parse(text), (what) => socket.send(JSON.stringify(what))),
    );
    sockets.add(socket);
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    nextAcknowledgement: () => {
      const known = acknowledgements.shift();
      return known === undefined
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(known);
    },
    close: () =>
      new Promise((done) => {
        for (const socket of sockets) socket.close();
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
