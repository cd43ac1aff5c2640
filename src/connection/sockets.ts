import https from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { TlsMaterial } from './credentials.ts';
import { errorCode } from './failure.ts';
import type { ConnectionSettings } from './settings.ts';
import { openTunnel } from './tunnel.ts';
import { ConnectionError } from './types.ts';

export interface SocketLimits {
  /** Sockets for calls that end by themselves. */
  readonly requestSocketsMax: number;
  /** Sockets for streams; each open stream occupies one. */
  readonly streamSocketsMax: number;
  /**
   * Well below the 90 s after which kube-apiserver closes idle connections, and the 60 s of common load balancers: a
   * write on a socket that is just being closed has an unknown outcome for nothing.
   */
  readonly idleSocketMs: number;
  readonly connectTimeoutMs: number;
}

/** The kept-alive sockets of one TLS set-up. A changed certificate gets new ones, and the old ones are retired. */
export interface Sockets {
  readonly material: TlsMaterial;
  readonly requests: https.Agent;
  readonly streams: https.Agent;
  /** Calls in flight and streams open on these sockets. */
  readonly users: Set<SocketUser>;
  retired: boolean;
}

export interface SocketUser {
  readonly type: 'request' | 'stream';
  /** Ends it, with the reason as its error. */
  readonly end: (reason: ConnectionError) => void;
}

/** Throws ConnectionError (CredentialsUnavailable) when OpenSSL refuses the material. */
export function openSockets(settings: ConnectionSettings, material: TlsMaterial, limits: SocketLimits): Sockets {
  const options = tlsOptions(settings, material);
  const common = { ...options, keepAlive: true, timeout: limits.idleSocketMs };
  const requests = new https.Agent({
    ...common,
    maxSockets: limits.requestSocketsMax,
    maxFreeSockets: limits.requestSocketsMax,
  });
  const streams = new https.Agent({ ...common, maxSockets: limits.streamSocketsMax, maxFreeSockets: 2 });
  if (settings.proxy !== undefined) {
    const connect = tunnelled(settings, { options, material, limits });
    requests.createConnection = connect;
    streams.createConnection = connect;
  }
  return { material, requests, streams, users: new Set(), retired: false };
}

/** No new calls: streams end now, calls in flight may finish, then the sockets are closed. */
export function retireSockets(sockets: Sockets): void {
  sockets.retired = true;
  for (const user of [...sockets.users]) {
    if (user.type === 'stream') {
      user.end(new ConnectionError('Broken', 'the credentials changed; streams are opened again', { sent: true }));
    }
  }
  closeIfUnused(sockets);
}

/** To be called whenever a user leaves. */
export function closeIfUnused(sockets: Sockets): void {
  if (!sockets.retired || sockets.users.size > 0) return;
  sockets.requests.destroy();
  sockets.streams.destroy();
}

function tlsOptions(settings: ConnectionSettings, material: TlsMaterial): tls.ConnectionOptions {
  const { tlsServerName } = settings;
  return {
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: !settings.insecureSkipTlsVerify,
    secureContext: secureContext(material),
    ...(tlsServerName === undefined ? {} : serverName(tlsServerName)),
  };
}

/** Made once and ahead, so that material that OpenSSL refuses fails here and not inside a socket's event. */
function secureContext({ certificateAuthority, certificate, key }: TlsMaterial): tls.SecureContext {
  try {
    return tls.createSecureContext({
      minVersion: 'TLSv1.2',
      // As in Go, every certificate of the bundle is trusted as it is, not only self-signed ones.
      allowPartialTrustChain: true,
      ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
      ...(certificate === undefined || key === undefined ? {} : { cert: certificate, key }),
    });
  } catch (error) {
    const text = `the certificates or the key were refused (${errorCode(error)})`;
    throw new ConnectionError('CredentialsUnavailable', text, { sent: false });
  }
}

/** An IP address is checked in the certificate but never sent as SNI (RFC 6066). */
function serverName(name: string): tls.ConnectionOptions {
  return {
    servername: isIP(name) === 0 ? name : '',
    checkServerIdentity: (_host, certificate) => tls.checkServerIdentity(name, certificate),
  };
}

const TCP_KEEP_ALIVE_MS = 30_000;

type Connect = https.Agent['createConnection'];

interface Tunnelling {
  readonly options: tls.ConnectionOptions;
  readonly material: TlsMaterial;
  readonly limits: SocketLimits;
}

function tunnelled(settings: ConnectionSettings, { options, material, limits }: Tunnelling): Connect {
  const url = new URL(settings.server);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const target = `${url.hostname}:${url.port === '' ? '443' : url.port}`;
  return (_request, callback) => {
    const { proxy } = settings;
    if (proxy === undefined || callback === undefined) throw new Error('a tunnel needs a proxy and a callback');
    const { certificateAuthority } = material;
    openTunnel(proxy, { target, certificateAuthority, connectTimeoutMs: limits.connectTimeoutMs }).then(
      (socket) => {
        socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
        const secure: Duplex = tls.connect({
          ...(isIP(host) === 0 ? { servername: host } : {}),
          // Only used to compare with the certificate: the socket is there already.
          host,
          ...options,
          socket,
        });
        callback(null, secure);
      },
      // On failure nothing reads the second argument.
      (error: unknown) => fail(callback, error),
    );
    return undefined;
  };
}

function fail(callback: NonNullable<Parameters<Connect>[1]>, error: unknown): void {
  const report: (error: Error | null, ...rest: never[]) => void = callback;
  report(error instanceof Error ? error : new Error('no tunnel'));
}
