// A receiver of webhooks as one writes it from docs/api.md: checks the signature, knows duplicates by their id, and can be
// down. Written apart from the product's own signing, so that the two check each other.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Received {
  readonly id: string;
  readonly event: string;
  readonly attempt: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
  readonly body: any;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
}

export interface WebhookReceiver {
  readonly url: string;
  readonly port: number;
  /** What was answered with 2xx, each time it came. */
  readonly taken: Received[];
  /** Requests in all, refused ones too. */
  requests(): number;
  connections(): number;
  /** Null: takes everything. A number: answers so. `silent`: never. `cut`: ends the connection. A function: as it likes. */
  behave(how: Behaviour): void;
  close(): Promise<void>;
}

type Behaviour = number | 'silent' | 'cut' | null | ((received: Received, response: ServerResponse) => void);

/** @param secretOf by the id of the webhook's address (`/hooks/<name>`), or one for all */
export async function startWebhookReceiver(
  options: {
    readonly secret?: () => string;
    /** Seconds since the epoch, for the check of the time. Absent: the time is not checked. */
    readonly now?: () => number;
    readonly port?: number;
  } = {},
): Promise<WebhookReceiver> {
  const taken: Received[] = [];
  const sockets = new Set<Socket>();
  let how: Behaviour = null;
  let requests = 0;
  let connections = 0;
  const server: Server = createServer((request, response) => {
    requests += 1;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      if (how === 'silent') return;
      if (how === 'cut') return void request.socket.destroy();
      if (options.secret !== undefined && !isGenuine(request, text, options.secret(), options.now)) {
        return void response.writeHead(401).end('bad signature');
      }
      const received: Received = {
        id: String(request.headers['provender-delivery']),
        event: String(request.headers['provender-event']),
        attempt: Number(request.headers['provender-attempt']),
        body: JSON.parse(text),
        text,
        headers: request.headers,
      };
      if (typeof how === 'number') return void response.writeHead(how).end(`answer ${how}`);
      if (how !== null) return how(received, response);
      taken.push(received);
      response.writeHead(204).end();
    });
  });
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    port,
    taken,
    requests: () => requests,
    connections: () => connections,
    behave: (behaviour) => {
      how = behaviour;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function isGenuine(request: IncomingMessage, text: string, secret: string, now?: () => number): boolean {
  const header = String(request.headers['provender-signature']);
  const [, seconds = '', given = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (now !== undefined && Math.abs(Number(seconds) - now()) > 300) return false;
  const expected = createHmac('sha256', secret).update(`${seconds}.${text}`).digest();
  const bytes = Buffer.from(given, 'hex');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
