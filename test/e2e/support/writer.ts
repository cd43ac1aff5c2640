import { execFile } from 'node:child_process';
import type { Cluster, ControlPlane } from '../../support/control-plane/index.ts';

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** One call of a client of client-go; see `test/controlplane/clients/writer`. */
export interface WriterStep {
  readonly client: 'dynamic' | 'metadata' | 'typed' | 'typed-v1alpha1';
  readonly verb: 'create' | 'get' | 'list' | 'update' | 'patch' | 'apply' | 'delete' | 'deletecollection' | 'watch';
  readonly namespace: string;
  readonly name?: string;
  readonly version?: string;
  readonly object?: unknown;
  /** The number of an earlier step whose object is sent, or whose list a watch follows. */
  readonly from?: number;
  /** A merge patch that the client applies to the object before it sends it. */
  readonly change?: object;
  readonly patchType?: string;
  readonly selector?: string;
  /** How many events a watch waits for. */
  readonly events?: number;
  readonly dryRun?: readonly string[];
  readonly fieldManager?: string;
  readonly fieldValidation?: string;
  readonly force?: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: string;
}

export interface WriterResult {
  readonly step: number;
  readonly object?: Readonly<Record<string, unknown>>;
  readonly events?: readonly { readonly type: string; readonly object: Readonly<Record<string, unknown>> }[];
  /** Code 0: there was no answer. */
  readonly error?: { readonly code: number; readonly reason: string; readonly message: string };
  readonly warnings?: readonly string[];
}

/** Does the steps one after another with the clients of client-go, as an administrator of the cluster. */
export function runWriter(
  { binaries }: ControlPlane,
  cluster: Cluster,
  steps: readonly WriterStep[],
): Promise<readonly WriterResult[]> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      binaries.path('writer'),
      ['-kubeconfig', cluster.adminKubeconfig],
      { maxBuffer: OUTPUT_BYTES_MAX },
      (error, stdout, stderr) => {
        if (error !== null) reject(new Error(`writer: ${stderr}`, { cause: error }));
        else
          resolve(
            stdout
              .trim()
              .split('\n')
              .map((line) => JSON.parse(line) as WriterResult),
          );
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(JSON.stringify(steps));
  });
}
