// A real nginx for tests, if the machine has one: foreground, on 127.0.0.1, all its files in a folder of its own. Its
// access log is the witness of what it was asked.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Debian has it where only root's PATH looks. */
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`;

/** Why the cases with nginx cannot run here; null: they can. */
export const noNginx: string | null =
  spawnSync('nginx', ['-v'], { env: { ...process.env, PATH } }).status === 0
    ? null
    : 'there is no nginx on the PATH (Debian: apt-get install nginx)';

interface Asked {
  /** Path with query. */
  readonly path: string;
  readonly status: number;
  /** Milliseconds since the epoch, when the answer was sent. */
  readonly at: number;
  /** As it was spoken: HTTP/1.1. */
  readonly protocol: string;
  /** The Authorization header, empty without one. */
  readonly login: string;
  readonly ifNoneMatch: string;
  readonly ifModifiedSince: string;
  /** SUCCESS, NONE, or FAILED and why; empty over plain http. */
  readonly clientVerify: string;
}

export interface NginxOptions {
  readonly tls?: { readonly cert: string; readonly key: string };
  /** PEM of the authority whose client certificates it asks for (`ssl_verify_client on`). */
  readonly clientCa?: string;
  /** Offers HTTP/2 in ALPN too. */
  readonly http2?: boolean;
  /** User names and passwords of `auth_basic`. */
  readonly accounts?: Readonly<Record<string, string>>;
  /** `limit_req`: requests a second, and the status of those beyond. */
  readonly limit?: { readonly perSecond: number; readonly status: 429 | 503 };
}

export interface Nginx {
  /** `https://127.0.0.1:<port>`, or http. */
  readonly origin: string;
  readonly port: number;
  /** Puts a file into the served folder; `path` begins with a slash. `age`: seconds since its last change. */
  put(path: string, text: string, age?: number): void;
  remove(path: string): void;
  /** What it was asked since it started. */
  asked(): Asked[];
  /** Another certificate; in use when this returns (`nginx -s reload`). */
  changeCertificate(tls: { readonly cert: string; readonly key: string }): Promise<void>;
  close(): Promise<void>;
}

/** Starts it on a free port. Close it in the test that started it. */
export async function startNginx(options: NginxOptions = {}): Promise<Nginx> {
  // A port is only known to be free: somebody else may take it before nginx does.
  for (let tries = 1; ; tries += 1) {
    try {
      return await startOn(await freePort(), options);
    } catch (error) {
      if (tries === 3 || !/Address already in use/.test((error as Error).message)) throw error;
    }
  }
}

async function startOn(port: number, options: NginxOptions): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'provender-nginx-'));
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch {
      return '';
    }
  };
  const setCertificate = ({ cert, key }: { readonly cert: string; readonly key: string }) => {
    write('server.pem', cert);
    write('server.key', key);
  };
  mkdirSync(join(folder, 'www'));
  mkdirSync(join(folder, 'tmp'));
  if (options.tls) setCertificate(options.tls);
  if (options.clientCa !== undefined) write('client-ca.pem', options.clientCa);
  if (options.accounts) write('htpasswd', htpasswd(options.accounts));
  const config = write('nginx.conf', configFor(port, options));

  const args = ['-p', `${folder}/`, '-c', config, '-e', 'error.log'];
  const env = { ...process.env, PATH };
  const child = spawn('nginx', args, { stdio: ['ignore', 'ignore', 'ignore'], env });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  let running = true;
  void ended.then(() => {
    running = false;
  });
  // A test run that is broken off leaves no server behind.
  const endWithUs = () => child.kill('SIGTERM');
  process.once('exit', endWithUs);
  const close = async () => {
    process.off('exit', endWithUs);
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  while (running && !(await accepts(port))) await sleep(10);
  if (!running) {
    const why = read('error.log');
    await close();
    throw new Error(`nginx did not start: ${why}`);
  }

  return {
    origin: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    put(path, text, age = 0) {
      const file = write(`www${path}`, text);
      const changed = Date.now() / 1000 - age;
      utimesSync(file, changed, changed);
    },
    remove: (path) => rmSync(join(folder, `www${path}`)),
    asked: () =>
      read('access.log')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const { at, ...rest } = JSON.parse(line) as Omit<Asked, 'at'> & { at: number };
          return { ...rest, at: at * 1000 };
        }),
    async changeCertificate(tls) {
      setCertificate(tls);
      const gone = () => read('error.log').split('gracefully shutting down').length;
      const before = gone();
      const { status, stderr } = spawnSync('nginx', [...args, '-s', 'reload'], { env, encoding: 'utf8' });
      if (status !== 0) throw new Error(`nginx -s reload failed: ${stderr}`);
      // The old worker says so and closes its socket; until then it may still answer.
      for (let waited = 0; gone() === before; waited += 10) {
        if (waited > 10_000) throw new Error(`nginx did not reload: ${read('error.log')}`);
        await sleep(10);
      }
    },
    close,
  };
}

function configFor(port: number, options: NginxOptions): string {
  const { tls, clientCa, http2, accounts, limit } = options;
  // As root it would hand its work to an account that cannot read the folder.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `
daemon off;
${user}
worker_processes 1;
pid nginx.pid;
error_log error.log notice;
events { worker_connections 256; }
http {
  log_format witness escape=json '{"path":"$request_uri","status":$status,"at":$msec,"protocol":"$server_protocol",'
    '"login":"$http_authorization","ifNoneMatch":"$http_if_none_match","ifModifiedSince":"$http_if_modified_since",'
    '"clientVerify":"$ssl_client_verify"}';
  access_log access.log witness;
  client_body_temp_path tmp/body;
  proxy_temp_path tmp/proxy;
  fastcgi_temp_path tmp/fastcgi;
  uwsgi_temp_path tmp/uwsgi;
  scgi_temp_path tmp/scgi;
  default_type text/plain;
  ${limit ? `limit_req_zone $server_port zone=all:1m rate=${limit.perSecond}r/s; limit_req_status ${limit.status};` : ''}
  server {
    listen 127.0.0.1:${port}${tls ? ' ssl' : ''}${http2 ? ' http2' : ''};
    root www;
    ${tls ? 'ssl_certificate server.pem; ssl_certificate_key server.key;' : ''}
    ${clientCa === undefined ? '' : 'ssl_client_certificate client-ca.pem; ssl_verify_client on;'}
    ${accounts ? 'auth_basic "provisioning"; auth_basic_user_file htpasswd;' : ''}
    ${limit ? 'limit_req zone=all;' : ''}
  }
}
`;
}

/** Salted SHA-1, one of the forms that nginx reads without crypt(3). */
function htpasswd(accounts: Readonly<Record<string, string>>): string {
  return Object.entries(accounts)
    .map(([name, password]) => {
      const salt = randomBytes(8);
      const digest = createHash('sha1').update(password).update(salt).digest();
      return `${name}:{SSHA}${Buffer.concat([digest, salt]).toString('base64')}\n`;
    })
    .join('');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
