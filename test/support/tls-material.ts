import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, both PEM. */
export interface TestPair {
  readonly certificate: string;
  readonly key: string;
}

export interface TestLeaf {
  readonly commonName: string;
  /** OpenSSL notation, such as `IP:127.0.0.1,DNS:localhost`. */
  readonly names?: string;
  readonly usage?: 'serverAuth' | 'clientAuth';
  /** Valid from the year 2000 to the year 2001. */
  readonly expired?: boolean;
}

/** A certificate authority for tests, made with the openssl program and kept in memory. */
export interface TestAuthority {
  readonly certificate: string;
  readonly issue: (leaf: TestLeaf) => TestPair;
}

export function createTestAuthority(commonName = 'test authority'): TestAuthority {
  const pair = inTemporaryDirectory((directory) => {
    const key = join(directory, 'ca.key');
    const certificate = join(directory, 'ca.crt');
    openssl(['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key]);
    openssl(['req', '-x509', '-new', '-key', key, '-out', certificate, '-days', '3650', '-subj', `/CN=${commonName}`]);
    return { certificate: read(certificate), key: read(key) };
  });
  return { certificate: pair.certificate, issue: (leaf) => issueLeaf(pair, leaf) };
}

function issueLeaf(authority: TestPair, leaf: TestLeaf): TestPair {
  return inTemporaryDirectory((directory) => {
    const path = (name: string): string => join(directory, name);
    writeFileSync(path('ca.crt'), authority.certificate);
    writeFileSync(path('ca.key'), authority.key, { mode: 0o600 });
    const names = leaf.names === undefined ? '' : `subjectAltName=${leaf.names}\n`;
    writeFileSync(path('extensions'), `${names}extendedKeyUsage=${leaf.usage ?? 'serverAuth'}\n`);
    openssl(['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', path('leaf.key')]);
    openssl(['req', '-new', '-key', path('leaf.key'), '-out', path('leaf.csr'), '-subj', `/CN=${leaf.commonName}`]);
    if (leaf.expired === true) signExpired(directory);
    else signCurrent(path);
    // `openssl ca` writes a text form in front.
    const pem = /-----BEGIN CERTIFICATE-----[^]*-----END CERTIFICATE-----\n/.exec(read(path('leaf.crt')));
    return { certificate: pem?.[0] ?? '', key: read(path('leaf.key')) };
  });
}

function signCurrent(path: (name: string) => string): void {
  const authority = ['-CA', path('ca.crt'), '-CAkey', path('ca.key'), '-CAcreateserial'];
  const request = ['-req', '-in', path('leaf.csr'), '-out', path('leaf.crt'), '-days', '365'];
  openssl(['x509', ...request, ...authority, '-extfile', path('extensions')]);
}

/** Only `openssl ca` lets a certificate end in the past. */
function signExpired(directory: string): void {
  const path = (name: string): string => join(directory, name);
  writeFileSync(path('index.txt'), '');
  const authority = [
    '[a]',
    `database=${path('index.txt')}`,
    `new_certs_dir=${directory}`,
    `certificate=${path('ca.crt')}`,
  ];
  const rules = [
    `private_key=${path('ca.key')}`,
    'default_md=sha256',
    'rand_serial=yes',
    'policy=p',
    '[p]',
    'commonName=supplied',
  ];
  writeFileSync(path('ca.conf'), ['[ca]', 'default_ca=a', ...authority, ...rules, ''].join('\n'));
  const dates = ['-startdate', '20000101000000Z', '-enddate', '20010101000000Z'];
  const files = ['-in', path('leaf.csr'), '-out', path('leaf.crt'), '-extfile', path('extensions')];
  openssl(['ca', '-batch', '-notext', '-config', path('ca.conf'), ...dates, ...files]);
}

function inTemporaryDirectory<T>(work: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'test-authority-'));
  try {
    return work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}
