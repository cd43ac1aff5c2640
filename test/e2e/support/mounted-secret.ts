import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kubectl } from '../../support/control-plane/index.ts';

/** A Secret as a kubelet mounts it: links to files behind one link that is switched when the Secret has changed. */
export interface MountedSecret {
  readonly directory: string;
  /** Brings what the Secret holds now; gives the resourceVersion of it. */
  readonly bring: () => Promise<string>;
}

export async function mountSecret(
  kubectl: Kubectl,
  secret: { readonly namespace: string; readonly name: string },
  directory: string,
): Promise<MountedSecret> {
  await mkdir(directory, { recursive: true });
  let before: string | undefined;
  let brought = '';
  const bring = async (): Promise<string> => {
    const { data, metadata } = await kubectl.json<{
      data: Readonly<Record<string, string>>;
      metadata: { resourceVersion: string };
    }>('get', 'secret', '-n', secret.namespace, secret.name);
    if (metadata.resourceVersion === brought) return brought;
    const state = await mkdtemp(join(directory, '..state-'));
    for (const [name, base64] of Object.entries(data)) {
      await writeFile(join(state, name), Buffer.from(base64, 'base64'), { mode: 0o440 });
      if (before === undefined) await symlink(join('..data', name), join(directory, name));
    }
    await symlink(state, join(directory, '..data_tmp'));
    await rename(join(directory, '..data_tmp'), join(directory, '..data'));
    if (before !== undefined) await rm(before, { recursive: true });
    before = state;
    brought = metadata.resourceVersion;
    return brought;
  };
  await bring();
  return { directory, bring };
}
