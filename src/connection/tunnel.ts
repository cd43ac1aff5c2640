import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import tls from 'node:tls';
import { errorCode } from './failure.ts';
import type { ProxySettings } from './settings.ts';
import { ConnectionError } from './types.ts';

export interface TunnelOptions {
  /** host:port of the kube-apiserver. */
  readonly target: string;
  /** Trusted for an https proxy, beside Node's own authorities. */
  readonly certificateAuthority: string | undefined;
  readonly connectTimeoutMs: number;
}

/**
 * Asks an HTTP proxy to CONNECT and gives the raw socket. Our client certificate and token are never shown to the
 * proxy, and what it answers is not part of the error.
 */
export function openTunnel(proxy: ProxySettings, options: TunnelOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      reject(new ConnectionError('Unreachable', `proxy ${proxy.url}: ${what}`, { sent: false }));
    };
    const url = new URL(proxy.url);
    const request = (url.protocol === 'https:' ? https : http).request({
      method: 'CONNECT',
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port,
      path: options.target,
      agent: false,
      headers: {
        host: options.target,
        ...(proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization.reveal() }),
      },
      ...(options.certificateAuthority === undefined
        ? {}
        : { ca: [...tls.rootCertificates, options.certificateAuthority] }),
      minVersion: 'TLSv1.2',
    });
    const timer = setTimeout(() => {
      fail(`no tunnel within ${options.connectTimeoutMs} ms`);
      request.destroy();
    }, options.connectTimeoutMs);
    request.on('connect', (response, socket: Socket, head) => {
      clearTimeout(timer);
      if (response.statusCode !== 200 || head.length > 0) {
        socket.destroy();
        fail(`answered ${response.statusCode ?? 0} to CONNECT`);
        return;
      }
      resolve(socket);
    });
    request.on('response', (response) => {
      clearTimeout(timer);
      response.destroy();
      fail(`answered ${response.statusCode ?? 0} to CONNECT`);
    });
    request.on('error', (error) => {
      clearTimeout(timer);
      fail(`no tunnel (${errorCode(error)})`);
    });
    request.end();
  });
}
