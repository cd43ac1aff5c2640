import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, both PEM. */
export interface TreeCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface TreeLeaf {
  /** OpenSSL notation: `/CN=jane/O=devs/O=ops`. */
  readonly subject: string;
  /** undefined: no extended key usage at all. */
  readonly usage?: 'serverAuth' | 'clientAuth';
  readonly names?: string;
}

/** An authority that can make others below itself; for tests of chains. */
export interface TreeAuthority extends TreeCertificate {
  readonly issue: (leaf: TreeLeaf) => TreeCertificate;
  readonly issueAuthority: (commonName: string) => TreeAuthority;
}

// Without key identifiers only the signature tells authorities of one name apart, which is what a forger would do.
const NO_KEY_IDENTIFIERS = 'subjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n';
const AUTHORITY_EXTENSIONS = 'basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n';

export function createTreeAuthority(commonName: string): TreeAuthority {
  return asAuthority(sign(`/CN=${commonName}`, AUTHORITY_EXTENSIONS, undefined));
}

/** Lets any certificate sign others, whether it may or not. */
export function asAuthority(own: TreeCertificate): TreeAuthority {
  return {
    ...own,
    issue: ({ subject, usage, names }) => {
      const lines = ['basicConstraints=CA:false'];
      if (usage !== undefined) lines.push(`extendedKeyUsage=${usage}`);
      if (names !== undefined) lines.push(`subjectAltName=${names}`);
      return sign(subject, `${lines.join('\n')}\n`, own);
    },
    issueAuthority: (name) => asAuthority(sign(`/CN=${name}`, AUTHORITY_EXTENSIONS, own)),
  };
}

function sign(subject: string, extensions: string, issuer: TreeCertificate | undefined): TreeCertificate {
  const directory = mkdtempSync(join(tmpdir(), 'certificate-tree-'));
  const path = (name: string): string => join(directory, name);
  try {
    writeFileSync(path('extensions'), `${NO_KEY_IDENTIFIERS}${extensions}`);
    openssl(['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', path('key')]);
    openssl(['req', '-new', '-key', path('key'), '-out', path('request'), '-subj', subject]);
    const by = issuer === undefined ? ['-signkey', path('key')] : signedBy(path, issuer);
    const how = ['-req', '-in', path('request'), '-days', '30', '-extfile', path('extensions'), '-out', path('cert')];
    openssl(['x509', ...how, ...by]);
    return { cert: readFileSync(path('cert'), 'utf8'), key: readFileSync(path('key'), 'utf8') };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function signedBy(path: (name: string) => string, issuer: TreeCertificate): readonly string[] {
  writeFileSync(path('ca.cert'), issuer.cert);
  writeFileSync(path('ca.key'), issuer.key, { mode: 0o600 });
  return ['-CA', path('ca.cert'), '-CAkey', path('ca.key'), '-CAcreateserial'];
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
